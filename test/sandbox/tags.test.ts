import { describe, expect, test } from 'vitest';
import { elsewhere, member, sandboxWithTrail, stranger } from './world.ts';

// [M] the API model and reference of AddTags, RemoveTags and ListTags; [X] cdkd; [I] public issue threads; [U] not
// verified.

const arn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/main';
const unknownArn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/gone';
const owner = { Key: 'owner', Value: 'security' };
const tier = { Key: 'tier', Value: 'gold' };
const numbered = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ Key: `k${n}`, Value: `v${n}` }));

const tagged = (...TagsList: object[]) => {
  const made = sandboxWithTrail({ TagsList });
  const tags = () => made.world.trails.get(arn)?.tags;
  return { ...made, tags };
};

describe('adding tags', () => {
  test('accepts keys that contain aws: but do not start with it', () => {
    const { ask, tags } = tagged();

    ask('AddTags', { ResourceId: arn, TagsList: [{ Key: 'my-aws:x', Value: 'y' }] });

    expect(tags()).toHaveLength(1);
  });

  // [M] "with the specified key and a value of null"
  test.each([[{ Key: 'owner' }], [{ Key: 'owner', Value: null }]])(
    'accepts a missing value: %j',
    (tag) => {
      const { ask, tags } = tagged(owner);

      ask('AddTags', { ResourceId: arn, TagsList: [tag] });

      expect(tags()).toStrictEqual([{ Key: 'owner' }]);
    },
  );
});

describe('removing tags', () => {
  // [X] cdkd sends whole tags; [U] that their values are ignored.
  test.each([
    ['a whole tag', owner],
    ['a key', { Key: 'owner' }],
    ['another value', { Key: 'owner', Value: 'x' }],
  ])('compares only the key and accepts %s', (_case, tag) => {
    const { ask, tags } = tagged(owner, tier);

    expect(ask('RemoveTags', { ResourceId: arn, TagsList: [tag] })).toStrictEqual({});

    expect(tags()).toStrictEqual([tier]);
  });
});

describe.each(['AddTags', 'RemoveTags'] as const)('%s is refused', (operation) => {
  test.each([
    [
      'a key that starts with aws:',
      [owner, { Key: 'aws:x', Value: 'y' }],
      'InvalidTagParameterException',
    ],
    ['a duplicate key', [owner, { ...owner, Value: 'x' }], 'InvalidTagParameterException'],
    ['a key of 129 characters', [{ Key: 'k'.repeat(129) }], 'InvalidTagParameterException'],
    ['a missing list', undefined, 'InvalidTagParameterException'],
    ['a tag that is a string', ['owner'], 'SerializationException'],
  ])('with %s', (_case, TagsList, code) => {
    const { refusal, tags } = tagged(owner, tier);

    expect(refusal(operation, { ResourceId: arn, TagsList }).code).toBe(code);
    expect(tags()).toStrictEqual([owner, tier]);
  });

  // [M] The exceptions that the operation lists; [I] prowler#2025, cq-provider-aws#236: the messages.
  test.each([
    ['a name', 'main', undefined, 'CloudTrailARNInvalidException'],
    ['nothing', undefined, undefined, 'CloudTrailARNInvalidException'],
    ['an unknown trail', unknownArn, undefined, 'ResourceNotFoundException'],
    ['a shadow', arn, elsewhere, 'CloudTrailARNInvalidException'],
    ['a trail of another account', arn, stranger, 'CloudTrailARNInvalidException'],
    [
      'the organization trail by a member account',
      arn,
      member,
      'NotOrganizationMasterAccountException',
    ],
  ])('for %s', (_case, ResourceId, at, code) => {
    const { refusal } = sandboxWithTrail({ IsMultiRegionTrail: true, IsOrganizationTrail: true });

    expect(refusal(operation, { ResourceId, TagsList: [owner] }, at).code).toBe(code);
  });
});

// [D] A delegated administrator can manage organization trails; [U] their tags.
test('a delegated administrator can tag the organization trail', () => {
  const { ask, world } = sandboxWithTrail({ IsOrganizationTrail: true });
  world.organization.delegations.push({
    accountId: member.accountId,
    servicePrincipal: 'cloudtrail.amazonaws.com',
    since: new Date(0),
  });

  ask('AddTags', { ResourceId: arn, TagsList: [owner, tier] }, member);
  ask('RemoveTags', { ResourceId: arn, TagsList: [tier] }, member);

  expect(ask('ListTags', { ResourceIdList: [arn] }, member).ResourceTagList).toStrictEqual([
    { ResourceId: arn, TagsList: [owner] },
  ]);
});

// [M] NextToken, "reserved for future use": AWS does not page yet, the sandbox does.
describe('listing tags', () => {
  const all = (ask: ReturnType<typeof sandboxWithTrail>['ask'], ids: string[]) => {
    const pages = [ask('ListTags', { ResourceIdList: ids })];
    for (let token = pages[0]?.NextToken; token; token = pages.at(-1)?.NextToken) {
      pages.push(ask('ListTags', { ResourceIdList: ids, NextToken: token }));
    }
    return pages;
  };

  test('returns ten per page', () => {
    const { ask } = tagged(...numbered(10));

    expect(ask('ListTags', { ResourceIdList: [arn] })).toStrictEqual({
      ResourceTagList: [{ ResourceId: arn, TagsList: numbered(10) }],
    });
  });

  test('continues on the next page, even within a trail', () => {
    const { ask } = tagged(...numbered(23));

    const pages = all(ask, [arn]);

    expect(pages.map(({ ResourceTagList }) => ResourceTagList)).toStrictEqual([
      [{ ResourceId: arn, TagsList: numbered(23).slice(0, 10) }],
      [{ ResourceId: arn, TagsList: numbered(23).slice(10, 20) }],
      [{ ResourceId: arn, TagsList: numbered(23).slice(20) }],
    ]);
  });

  test('accepts up to 20 trails', () => {
    const { ask, refusal } = tagged();

    expect(ask('ListTags', { ResourceIdList: Array(20).fill(arn) }).NextToken).toBe('10');
    expect(refusal('ListTags', { ResourceIdList: Array(21).fill(arn) }).code).toBe(
      'InvalidParameterException',
    );
  });

  test.each(['x', '-1', '1.5'])('refuses %s', (NextToken) => {
    const { refusal } = tagged();

    expect(refusal('ListTags', { ResourceIdList: [arn], NextToken }).code).toBe(
      'InvalidTokenException',
    );
  });
});
