import { paginateListTags, type Tag } from '@aws-sdk/client-cloudtrail';
import { describe, expect, test } from 'vitest';
import {
  cloudtrail,
  context,
  create,
  elsewhere,
  newName,
  ownTrail,
  sharedTrail,
  trailArn,
} from './fixtures.ts';
import { refusal } from './refusal.ts';

const shared = sharedTrail({ IsMultiRegionTrail: true });
const owner = { Key: 'owner', Value: 'security' };
const stage = { Key: 'stage', Value: 'test' };

describe('tags [M: AddTags, RemoveTags, ListTags]', () => {
  test('are added to existing ones', async () => {
    const { arn } = await ownTrail({ TagsList: [owner] });

    await cloudtrail.addTags({ ResourceId: arn, TagsList: [stage] });

    expect(await tagsOf(arn)).toEqual(new Set([owner, stage]));
  });

  test('replace the value of an existing key', async () => {
    const { arn } = await ownTrail({ TagsList: [owner, stage] });

    await cloudtrail.addTags({ ResourceId: arn, TagsList: [{ Key: 'owner', Value: 'no one' }] });

    expect(await tagsOf(arn)).toEqual(new Set([{ Key: 'owner', Value: 'no one' }, stage]));
  });

  test('are removed by key and value', async () => {
    const { arn } = await ownTrail({ TagsList: [owner, stage] });

    await cloudtrail.removeTags({ ResourceId: arn, TagsList: [owner] });

    expect(await tagsOf(arn)).toEqual(new Set([stage]));
  });

  test('that do not exist can be removed [U]', async () => {
    const { arn } = await ownTrail({ TagsList: [stage] });

    await cloudtrail.removeTags({ ResourceId: arn, TagsList: [owner] });

    expect(await tagsOf(arn)).toEqual(new Set([stage]));
  });

  test('are limited to 50', async () => {
    const { arn } = await ownTrail({ TagsList: numbered(49) });
    await cloudtrail.addTags({ ResourceId: arn, TagsList: [owner] });

    expect((await tagsOf(arn)).size).toBe(50);
    await refusal(
      cloudtrail.addTags({ ResourceId: arn, TagsList: [stage] }),
      'TagsLimitExceededException',
    );
  });

  test('of several trails are listed together', async () => {
    const one = await ownTrail({ TagsList: [owner] });
    const two = await ownTrail({ TagsList: [stage] });

    expect(await listed([one.arn, two.arn])).toEqual(
      new Map([
        [one.arn, [owner]],
        [two.arn, [stage]],
      ]),
    );
  });
});

describe('tags are refused', () => {
  test('if there are more than 50 at creation [M: TagsLimitExceededException]', async () => {
    await refusal(create({ TagsList: numbered(51) }), 'TagsLimitExceededException');
  });

  test.each([
    ['a duplicate key', [owner, { ...owner, Value: 'other' }]],
    ['a key of 129 characters', [{ Key: 'k'.repeat(129), Value: 'v' }]],
    ['a value of 257 characters', [{ Key: 'k', Value: 'v'.repeat(257) }]],
    ['a key with the aws: prefix', [{ Key: 'aws:owner', Value: 'v' }]],
  ])('%s [M: InvalidTagParameterException]', async (_case, TagsList) => {
    const error = 'InvalidTagParameterException';

    await refusal(create({ TagsList }), error);
    await refusal(cloudtrail.addTags({ ResourceId: shared.arn, TagsList }), error);
  });
});

describe('a trail in a tag operation', () => {
  const calls = [
    ['ListTags', (id: string) => cloudtrail.listTags({ ResourceIdList: [id] })],
    ['AddTags', (id: string) => cloudtrail.addTags({ ResourceId: id, TagsList: [owner] })],
    ['RemoveTags', (id: string) => cloudtrail.removeTags({ ResourceId: id, TagsList: [owner] })],
  ] as const;

  test.each(calls)('cannot be given by name: %s [M: ResourceId is an ARN]', async (_name, ask) => {
    await refusal(ask(shared.name), 'CloudTrailARNInvalidException');
  });

  test.each(calls)('must exist: %s [M: ResourceNotFoundException]', async (_name, ask) => {
    await refusal(ask(trailArn(newName())), 'ResourceNotFoundException');
  });

  test('is not listed from another Region [I: cloudquery/cq-provider-aws#236]', async () => {
    const { message } = await refusal(
      elsewhere.cloudtrail.listTags({ ResourceIdList: [shared.arn] }),
      'CloudTrailARNInvalidException',
    );

    expect(message).toContain('Region in ARN is wrong');
    expect(message).toContain(context.otherRegion);
  });
});

function numbered(count: number): Tag[] {
  return Array.from({ length: count }, (_, index) => ({ Key: `key${index}`, Value: 'v' }));
}

async function tagsOf(arn: string): Promise<ReadonlySet<Tag>> {
  return new Set((await listed([arn])).get(arn));
}

/** The tags of each trail, from all pages (the API reserves the token "for future use"). */
async function listed(ResourceIdList: string[]): Promise<ReadonlyMap<string, Tag[]>> {
  const tags = new Map<string, Tag[]>();
  for await (const { ResourceTagList = [] } of paginateListTags(
    { client: cloudtrail },
    { ResourceIdList },
  )) {
    for (const { ResourceId = '', TagsList = [] } of ResourceTagList) {
      tags.set(ResourceId, [...(tags.get(ResourceId) ?? []), ...TagsList]);
    }
  }
  return tags;
}
