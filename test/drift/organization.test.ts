import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBaseline } from '#baseline/baseline.ts';
import { kinds } from '#drift/index.ts';
import { organization as kind } from '#drift/organization.ts';
import { documentWith, now, states, trail } from '../support/baseline.ts';
import { answering, type SdkRequest } from '../support/cloudtrail.ts';
import { inProcess } from '../support/in-process.ts';
import { callsOf } from '../support/kind-calls.ts';

type Organization = NonNullable<Awaited<ReturnType<typeof kind.observe>>>;

const { resolve, repaired, impactOf } = callsOf(kind);

const service = { ServicePrincipal: 'cloudtrail.amazonaws.com' };
const another = { ServicePrincipal: 'config.amazonaws.com' };
const [one, two, three] = ['111111111111', '222222222222', '333333333333'] as const;

const none: Organization = {
  TrustedAccess: false,
  DelegatedAdministrators: [],
  ServiceLinkedRole: 'there',
};
const accounts = fc.uniqueArray(fc.constantFrom(one, two, three)).map((ids) => ids.toSorted());
const state: fc.Arbitrary<Organization> = fc.record({
  TrustedAccess: fc.boolean(),
  DelegatedAdministrators: accounts,
  ServiceLinkedRole: fc.constantFrom('there', 'gone', null),
});

/** A state as stored in a baseline. */
const stored = state.map((one) => kind.toBaseline?.(one) ?? one);

describe('the organization', () => {
  test('of a member account has no trusted access and no administrators', async () => {
    const [member] = [inProcess(() => now).clientsOf('333344445555')];
    const ofMember = { ...trail, accountId: '333344445555' };

    expect(await kind.observe(member, ofMember, now, {})).toMatchObject({
      TrustedAccess: false,
      DelegatedAdministrators: [],
    });
  });

  test('is read for trusted access, delegated administrators and the service-linked role', async () => {
    const { aws, asked } = answering({});

    await kind.observe(aws, trail, now);

    expect(asked).toHaveLength(3);
    expect(asked).toContainEqual({
      operation: 'GetRole',
      input: { RoleName: 'AWSServiceRoleForCloudTrail' },
    });
    expect(asked).toContainEqual({ operation: 'ListAWSServiceAccessForOrganization', input: {} });
    expect(asked).toContainEqual({ operation: 'ListDelegatedAdministrators', input: service });
  });

  test.each([{}, { EnabledServicePrincipals: null, DelegatedAdministrators: null }])(
    'has no trusted access and no administrators if the response is %j',
    async (body) => {
      expect(await kind.observe(answering(body).aws, trail, now)).toStrictEqual(none);
    },
  );

  test('has no trusted access if only other services have it', async () => {
    expect(await observe([[another, {}]], [[]])).toStrictEqual(none);
  });

  test('has trusted access if any page says so', async () => {
    for (const pages of [
      [[another, service]],
      [[service]],
      [[another], [], [another, service]],
      [[service], [another]],
    ]) {
      expect(await observe(pages, [[]])).toStrictEqual({ ...none, TrustedAccess: true });
    }
  });

  test('has the administrators of every page, sorted', async () => {
    const pages = [[{ Id: three }], [], [{ Id: one }, { Id: two }]];

    expect(await observe([[service]], pages)).toStrictEqual({
      ...none,
      TrustedAccess: true,
      DelegatedAdministrators: [one, two, three],
    });
  });

  test('that does not exist has no trusted access and no administrators', async () => {
    const { aws } = answering(({ operation }: SdkRequest) =>
      operation === 'GetRole' ? {} : { __type: 'AWSOrganizationsNotInUseException' },
    );

    expect(await kind.observe(aws, trail, now)).toStrictEqual(none);
  });

  const refusedTo = (MasterAccountId: string, __type: string) =>
    answering(({ operation }: SdkRequest) => {
      if (operation === 'DescribeOrganization') return { Organization: { MasterAccountId } };
      return operation === 'GetRole' ? {} : { __type };
    }).aws;

  test('cannot be read by a member account, which has no access and no administrators', async () => {
    const aws = refusedTo('999999999999', 'AccessDeniedException');

    expect(await kind.observe(aws, trail, now)).toStrictEqual(none);
  });

  test.each([
    [trail.accountId, 'AccessDeniedException'],
    ['999999999999', 'ServiceException'],
  ])('of the management account %s is unknown after %s', async (management, name) => {
    const seen = kind.observe(refusedTo(management, name), trail, now);

    await expect(seen).rejects.toMatchObject({ name });
  });

  test('lacks what AWS does not report, if the baseline has it', async () => {
    const { aws } = answering({ EnabledServicePrincipals: [{}], DelegatedAdministrators: [{}] });

    expect(await kind.observe(aws, trail, now, { organization: none })).toStrictEqual({
      ServiceLinkedRole: 'there',
    });
    expect(await kind.observe(aws, trail, now)).toStrictEqual(none);
  });

  test.each(['ListAWSServiceAccessForOrganization', 'ListDelegatedAdministrators', 'GetRole'])(
    'is unknown if %s is refused, whatever the other call returns',
    async (refused) => {
      const { aws } = answering(({ operation }: SdkRequest) =>
        operation === refused ? { __type: 'AccessDeniedException' } : {},
      );

      await expect(kind.observe(aws, trail, now)).rejects.toMatchObject({
        name: 'AccessDeniedException',
      });
    },
  );
});

describe("CloudTrail's role", () => {
  const noRole = ({ operation }: SdkRequest) =>
    operation === 'GetRole' ? { __type: 'NoSuchEntity' } : {};

  test('is missing if IAM has no such role', async () => {
    const { aws } = answering(noRole);

    expect(await kind.observe(aws, trail, now, { organization: none })).toMatchObject({
      ServiceLinkedRole: 'gone',
    });
  });

  test('is not read if the baseline does not protect it', async () => {
    const { aws, asked } = answering({});
    const desired = { organization: { ...none, ServiceLinkedRole: null } };

    expect(await kind.observe(aws, trail, now, desired)).toMatchObject({ ServiceLinkedRole: null });
    expect(asked.map(({ operation }) => operation)).not.toContain('GetRole');
  });

  test('is protected after a capture only if it exists', () => {
    for (const [seen, known] of [
      ['there', 'there'],
      ['gone', null],
    ] as const) {
      expect(kind.toBaseline?.({ ...none, ServiceLinkedRole: seen })).toStrictEqual({
        ...none,
        ServiceLinkedRole: known,
      });
    }
  });

  test('is recreated before trusted access is enabled', async () => {
    const desired = { ...none, TrustedAccess: true };

    expect(await repaired(desired, { ...none, ServiceLinkedRole: 'gone' })).toStrictEqual([
      {
        operation: 'CreateServiceLinkedRole',
        input: { AWSServiceName: 'cloudtrail.amazonaws.com' },
      },
      { operation: 'EnableAWSServiceAccess', input: service },
    ]);
  });

  test('is accepted if another caller created it meanwhile', async () => {
    const { aws } = answering(({ operation }: SdkRequest) =>
      operation === 'CreateServiceLinkedRole' ? { __type: 'InvalidInput' } : {},
    );
    const [step] = kind.repair(none, { ...none, ServiceLinkedRole: 'gone' }, trail);

    await expect(kind.apply(aws, step as never)).resolves.toBeUndefined();
  });

  test('that is refused as there, but is not, is reported', async () => {
    const { aws } = answering(({ operation }: SdkRequest) => ({
      __type: operation === 'GetRole' ? 'NoSuchEntity' : 'InvalidInput',
    }));
    const [step] = kind.repair(none, null, trail);

    await expect(kind.apply(aws, step as never)).rejects.toMatchObject({
      name: 'InvalidInputException',
    });
  });

  test('is missing: organization trails cannot be managed', () => {
    const { description, ...impact } = impactOf(none, { ...none, ServiceLinkedRole: 'gone' });

    expect(impact).toEqual({ severity: 'high', losesCoverage: true });
    expect(description).toContain('AWSServiceRoleForCloudTrail does not exist');
  });

  test('that cannot be created is reported', async () => {
    const { aws } = answering(({ operation }: SdkRequest) =>
      operation === 'CreateServiceLinkedRole' ? { __type: 'AccessDenied' } : {},
    );
    const [step] = kind.repair(none, { ...none, ServiceLinkedRole: 'gone' }, trail);

    await expect(kind.apply(aws, step as never)).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('the repair of the organization', () => {
  test('enables trusted access', async () => {
    expect(await repaired({ ...none, TrustedAccess: true }, none)).toStrictEqual([
      { operation: 'EnableAWSServiceAccess', input: service },
    ]);
  });

  test('enables trusted access if the current state is unknown', async () => {
    const unprotected = { ...none, ServiceLinkedRole: null };
    expect(await repaired({ ...unprotected, TrustedAccess: true }, null)).toHaveLength(1);
    expect(await repaired(unprotected, null)).toStrictEqual([]);
  });

  test('disables nothing, and leaves the administrators to people', () => {
    fc.assert(
      fc.property(state, state, (desired, actual) => {
        const isMissing = desired.TrustedAccess && !actual.TrustedAccess;

        const actions = kind.repair(desired, actual, trail).map(({ action }) => action);

        const isRoleMissing =
          desired.ServiceLinkedRole === 'there' && actual.ServiceLinkedRole === 'gone';
        expect(actions).toStrictEqual([
          ...(isRoleMissing ? ['CreateServiceLinkedRole'] : []),
          ...(isMissing ? ['EnableAWSServiceAccess'] : []),
        ]);
      }),
    );
  });
});

describe('an organization that differs from the baseline', () => {
  test('loses events without trusted access', () => {
    const impact = impactOf({ ...none, TrustedAccess: true }, none);

    expect(impact).toMatchObject({ severity: 'critical', losesCoverage: true });
    expect(impact.description).toContain('no access');
  });

  test('loses no events if trusted access was enabled', () => {
    const impact = impactOf(none, { ...none, TrustedAccess: true });

    expect(impact).toMatchObject({ severity: 'low', losesCoverage: false });
    expect(impact.description).toContain('has access');
  });

  test('reports an added administrator, who can change every trail', () => {
    const { description, ...impact } = impactOf(of(one), of(one, two, three));

    expect(impact).toStrictEqual({ severity: 'high', losesCoverage: false });
    expect(description).toBe(`${two}, ${three} can now change every organization trail`);
  });

  test('reports a removed administrator', () => {
    const { description, ...impact } = impactOf(of(one, two, three), of(one));

    expect(impact).toStrictEqual({ severity: 'medium', losesCoverage: false });
    expect(description).toBe(`${two}, ${three} can no longer administer organization trails`);
  });

  test('reports a replaced administrator with the severity of an added one', () => {
    const { description, severity } = impactOf(of(one), of(two));

    expect(severity).toBe('high');
    expect(description.split('; ')).toStrictEqual([
      impactOf(of(), of(two)).description,
      impactOf(of(one), of()).description,
    ]);
  });
});

describe('an organization in a baseline file', () => {
  test('lists its administrators in any order', async () => {
    await fc.assert(
      fc.asyncProperty(stored, fc.nat(), async (canonical, by) => {
        const { DelegatedAdministrators: ids, ...others } = canonical;
        const cut = ids.length === 0 ? 0 : by % ids.length;
        const written = [...ids.slice(cut), ...ids.slice(0, cut), ...ids];

        expect(await resolve({ ...others, DelegatedAdministrators: written })).toStrictEqual({
          ...canonical,
        });
      }),
    );
  });

  test.each<[string, object, string]>([
    ['no access', { TrustedAccess: undefined }, 'TrustedAccess: is missing'],
    [
      'trusted access that is not a flag',
      { TrustedAccess: 'yes' },
      'TrustedAccess: must be true or false',
    ],
    ['no role', { ServiceLinkedRole: undefined }, 'ServiceLinkedRole: is missing'],
    ['another role', { ServiceLinkedRole: 'gone' }, 'ServiceLinkedRole: must be there, or null'],
    ['no list', { DelegatedAdministrators: undefined }, 'DelegatedAdministrators: is missing'],
    [
      'null',
      { DelegatedAdministrators: null },
      'DelegatedAdministrators: must be a list of account ids: an empty one for none',
    ],
    ...[1, '', '12345678901', '1234567890123', 'x123456789012', '123456789012\n'].map(
      (id): [string, object, string] => [
        `the id ${JSON.stringify(id)}`,
        { DelegatedAdministrators: [id] },
        'DelegatedAdministrators.0: must be an account id',
      ],
    ),
    ['an unknown field', { Typo: 1 }, 'states.organization: has fields'],
  ])('is refused with %s', (_what, fields, message) => {
    const written = { ...states.organization, ...fields };
    const document = documentWith({ 'states.organization': written });

    expect(() => parseBaseline(document, kinds)).toThrow(message);
  });

  test('is refused if it cannot be stored', async () => {
    await expect(resolve(of('me'))).rejects.toThrow('must be an account id');
  });
});

function of(...DelegatedAdministrators: string[]): Organization {
  return { ...none, TrustedAccess: true, DelegatedAdministrators };
}

/** The observed organization, whose lists have these pages. */
async function observe(
  services: readonly (readonly object[])[],
  administrators: readonly (readonly object[])[],
): Promise<Organization | null> {
  const lists: Readonly<
    Record<string, { readonly field: string; readonly pages: typeof services }>
  > = {
    ListAWSServiceAccessForOrganization: { field: 'EnabledServicePrincipals', pages: services },
    ListDelegatedAdministrators: { field: 'DelegatedAdministrators', pages: administrators },
  };
  const { aws } = answering(({ operation, input }: SdkRequest) => {
    const { field, pages } = lists[operation] ?? { field: '', pages: [] };
    const at = Number(Reflect.get(input as object, 'NextToken') ?? 0);
    const more = at + 1 < pages.length ? { NextToken: String(at + 1) } : {};
    return { [field]: pages[at], ...more };
  });
  return kind.observe(aws, trail, now);
}
