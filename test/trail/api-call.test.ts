import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ApiCall,
  calledByRole,
  describeApiCall,
  type Principal,
  parseApiCall,
} from '#trail/api-call.ts';
import { runs } from '../support/property-runs.ts';

type Record = { readonly [field: string]: unknown };

const recorded = (name: string): Record =>
  JSON.parse(readFileSync(`test/events/${name}.json`, 'utf8'));

const call = { eventName: 'StopLogging', awsRegion: 'eu-central-1' };

/** The API call of a record with the values at some paths replaced; `undefined` removes a field. */
function causeWith(name: string, edits: Readonly<{ [path: string]: unknown }> = {}): ApiCall {
  const record = structuredClone(recorded(name));
  for (const [path, value] of Object.entries(edits)) put(record, path.split('.'), value);
  return parseApiCall(record, call);
}

function put(record: object, path: readonly string[], value: unknown): void {
  const parent = path.slice(0, -1).reduce((at: object, key) => Reflect.get(at, key), record);
  const last = path.at(-1) ?? '';
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else Reflect.set(parent, last, value);
}

const mallory: Principal = {
  type: 'IAMUser',
  name: 'mallory',
  arn: 'arn:aws:iam::111122223333:user/mallory',
  accountId: '111122223333',
  issuer: null,
  issuerArn: null,
  mfa: null,
};

type Reported = {
  readonly file: string;
  readonly who: string;
  readonly line: string;
  readonly principal: Principal;
};

const reported: readonly Reported[] = [
  {
    who: 'an IAM user of the CLI is reported by name, with unknown MFA',
    file: 'iam-user-from-the-cli',
    line: 'mallory (IAMUser) from 192.0.2.7',
    principal: mallory,
  },
  {
    who: 'an IAM user in the console of 2020 is reported by name without path',
    file: 'iam-user-in-the-console-by-invoker',
    line: 'mallory (IAMUser) from 192.0.2.7 through the AWS console',
    principal: { ...mallory, arn: 'arn:aws:iam::111122223333:user/team/red/mallory', mfa: true },
  },
  {
    who: 'an IAM user in the console of 2021 is reported without MFA',
    file: 'iam-user-in-the-console-by-user-agent',
    line: 'mallory (IAMUser) from 192.0.2.7 through the AWS console',
    principal: { ...mallory, mfa: false },
  },
  {
    who: 'an IAM user in the console of today is reported with MFA',
    file: 'iam-user-in-the-console-by-mark',
    line: 'mallory (IAMUser) from 192.0.2.7 through the AWS console',
    principal: { ...mallory, mfa: true },
  },
  {
    who: 'a role session is reported by its name and role',
    file: 'assumed-role',
    line: 'build-4711 (AssumedRole of deployer) from 198.51.100.20',
    principal: {
      type: 'AssumedRole',
      name: 'build-4711',
      arn: 'arn:aws:sts::111122223333:assumed-role/deployer/build-4711',
      accountId: '111122223333',
      issuer: 'deployer',
      issuerArn: 'arn:aws:iam::111122223333:role/ci/deployer',
      mfa: false,
    },
  },
  {
    who: 'an SSO user is reported by name and permission set, not by role',
    file: 'sso',
    line: 'alice@example.com (SSO of Platform_Admin) from 2001:db8::17',
    principal: {
      type: 'SSO',
      name: 'alice@example.com',
      arn: 'arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Platform_Admin_0123456789abcdef/alice@example.com',
      accountId: '111122223333',
      issuer: 'Platform_Admin',
      issuerArn:
        'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Platform_Admin_0123456789abcdef',
      mfa: true,
    },
  },
  {
    who: 'a federated user is reported by name and issuing user',
    file: 'federated-user',
    line: 'contractor (FederatedUser of broker) from 203.0.113.80',
    principal: {
      type: 'FederatedUser',
      name: 'contractor',
      arn: 'arn:aws:sts::111122223333:federated-user/contractor',
      accountId: '111122223333',
      issuer: 'broker',
      issuerArn: 'arn:aws:iam::111122223333:user/broker',
      mfa: false,
    },
  },
  {
    who: 'the root user is reported as root, not by account ID',
    file: 'root',
    line: 'root (Root) from 192.0.2.7 through the AWS console',
    principal: {
      ...mallory,
      type: 'Root',
      name: 'root',
      arn: 'arn:aws:iam::111122223333:root',
      mfa: true,
    },
  },
  {
    who: 'an AWS service without further fields is reported by name',
    file: 'aws-service',
    line: 'controltower.amazonaws.com (AWSService) from controltower.amazonaws.com',
    principal: {
      ...mallory,
      type: 'AWSService',
      name: 'controltower.amazonaws.com',
      arn: null,
      accountId: null,
    },
  },
  {
    who: 'a role of another account is reported with the account',
    file: 'role-of-another-account',
    line: 'night-shift (AssumedRole of auditor) from 192.0.2.7',
    principal: {
      type: 'AssumedRole',
      name: 'night-shift',
      arn: 'arn:aws:sts::444455556666:assumed-role/auditor/night-shift',
      accountId: '444455556666',
      issuer: 'auditor',
      issuerArn: 'arn:aws:iam::444455556666:role/auditor',
      mfa: false,
    },
  },
  {
    who: 'another account without further fields is reported by principal ID',
    file: 'another-account',
    line: 'AROAAUDITOR00EXAMPLE0:night-shift (AWSAccount) from 192.0.2.7',
    principal: {
      ...mallory,
      type: 'AWSAccount',
      name: 'AROAAUDITOR00EXAMPLE0:night-shift',
      arn: null,
      accountId: '444455556666',
    },
  },
  {
    who: 'an Identity Center user without a name is reported by directory ID',
    file: 'identity-center-user',
    line: '73a4b8c2-50f1-7086-1c9e-2f60a1d4e9b7 (IdentityCenterUser) from 192.0.2.7',
    principal: {
      ...mallory,
      type: 'IdentityCenterUser',
      name: '73a4b8c2-50f1-7086-1c9e-2f60a1d4e9b7',
      arn: null,
    },
  },
  {
    who: 'a record of version 1.04 is reported like any other',
    file: 'version-1-04',
    line: 'mallory (IAMUser) from 192.0.2.7',
    principal: mallory,
  },
  {
    who: 'the caller of a failed call is reported',
    file: 'failed-call',
    line: 'bob (AssumedRole of intern) from 192.0.2.7',
    principal: {
      type: 'AssumedRole',
      name: 'bob',
      arn: 'arn:aws:sts::111122223333:assumed-role/intern/bob',
      accountId: '111122223333',
      issuer: 'intern',
      issuerArn: 'arn:aws:iam::111122223333:role/intern',
      mfa: false,
    },
  },
];

describe('the actor:', () => {
  test.each(reported)('$who', ({ file, line, principal }) => {
    const cause = causeWith(file);

    expect(cause.principal).toEqual(principal);
    expect(describeApiCall(cause)).toBe(line);
  });

  test('a role session without a role name is reported by the end of its ARN', () => {
    const cause = causeWith('assumed-role', {
      'userIdentity.sessionContext.sessionIssuer.userName': undefined,
    });

    expect(describeApiCall(cause)).toBe('build-4711 (AssumedRole of deployer) from 198.51.100.20');
  });

  test('a role with the reserved path inside its path is not SSO', () => {
    const path = 'mine/aws-reserved/sso.amazonaws.com';
    const name = 'AWSReservedSSO_Platform_Admin_0123456789abcdef';
    const cause = causeWith('sso', {
      'userIdentity.sessionContext.sessionIssuer.arn': `arn:aws:iam::111122223333:role/${path}/${name}`,
    });

    expect(cause.principal.type).toBe('AssumedRole');
  });

  test('an ARN that ends with a slash has no name', () => {
    const cause = causeWith('iam-user-from-the-cli', {
      'userIdentity.userName': undefined,
      'userIdentity.arn': 'arn:aws:iam::111122223333:user/',
      'userIdentity.principalId': 'AIDAONE',
    });

    expect(cause.principal.name).toBe('AIDAONE');
  });

  test('a role outside the reserved path is not SSO, whatever its name', () => {
    const name = 'AWSReservedSSO_Platform_Admin_0123456789abcdef';
    const cause = causeWith('sso', {
      'userIdentity.sessionContext.sessionIssuer.arn': `arn:aws:iam::111122223333:role/${name}`,
    });

    expect(cause.principal).toMatchObject({ type: 'AssumedRole', issuer: name });
  });

  test('a reserved role without the usual name is reported by its whole name', () => {
    const cause = causeWith('sso', {
      'userIdentity.sessionContext.sessionIssuer.userName': 'AWSReservedSSO_short_0123',
    });

    expect(cause.principal).toMatchObject({ type: 'SSO', issuer: 'AWSReservedSSO_short_0123' });
  });

  test('a user without an ARN is reported by name', () => {
    const cause = causeWith('iam-user-from-the-cli', { 'userIdentity.arn': undefined });

    expect(describeApiCall(cause)).toBe('mallory (IAMUser) from 192.0.2.7');
  });

  test('a principal without name and ARN is reported by ID', () => {
    const cause = causeWith('iam-user-from-the-cli', {
      'userIdentity.userName': undefined,
      'userIdentity.arn': undefined,
    });

    expect(cause.principal.name).toBe('AIDAMALLORY0EXAMPLE00');
  });

  test('a record without a principal has an unknown actor and address', () => {
    const cause = parseApiCall({}, call);

    expect(describeApiCall(cause)).toBe('unknown principal (unknown)');
  });
});

describe('the client:', () => {
  test.each<[string, Readonly<{ [path: string]: unknown }>]>([
    ['sign-in as the invoker', { 'userIdentity.invokedBy': 'signin.amazonaws.com' }],
    ['the console as the invoker', { 'userIdentity.invokedBy': 'console.amazonaws.com' }],
    ['sign-in as the user agent', { userAgent: 'signin.amazonaws.com' }],
    ['the console as the user agent', { userAgent: 'console.amazonaws.com' }],
    ['the session attribute', { sessionCredentialFromConsole: 'true' }],
    [
      'the session attribute of a session that a service used',
      { sessionCredentialFromConsole: 'true', 'userIdentity.invokedBy': 'athena.amazonaws.com' },
    ],
  ])('%s alone means the console', (_mark, edits) => {
    expect(causeWith('iam-user-from-the-cli', edits).via).toBe('the AWS console');
  });

  test('a service that called on behalf of someone is named', () => {
    const cause = causeWith('assumed-role', {
      'userIdentity.invokedBy': 'cloudformation.amazonaws.com',
    });

    expect(describeApiCall(cause)).toBe(
      'build-4711 (AssumedRole of deployer) from 198.51.100.20 through cloudformation.amazonaws.com',
    );
  });

  test.each<[string, Readonly<{ [path: string]: unknown }>]>([
    ['neither mark', {}],
    ['a session attribute that is false', { sessionCredentialFromConsole: 'false' }],
    ['a user agent that only mentions it', { userAgent: 'not console.amazonaws.com' }],
  ])('%s does not mean the console', (_mark, edits) => {
    expect(causeWith('iam-user-from-the-cli', edits).via).toBeNull();
  });
});

describe('the call:', () => {
  test('its event, name, time, Region, address and user agent are kept as recorded', () => {
    expect(causeWith('version-1-04')).toMatchObject({
      eventId: 'c0ffee00-1111-4222-8333-000000000013',
      eventName: 'StopLogging',
      at: '2016-05-06T07:08:09Z',
      region: 'eu-central-1',
      sourceIp: '192.0.2.7',
      userAgent: 'aws-cli/1.10.30 Python/2.7.11 Linux/4.4.0 botocore/1.4.20',
      error: null,
    });
  });

  test('a failed one is kept with its error', () => {
    expect(causeWith('failed-call').error).toEqual({
      code: 'AccessDenied',
      message:
        'User: arn:aws:sts::111122223333:assumed-role/intern/bob is not authorized to perform: cloudtrail:DeleteTrail on resource: arn:aws:cloudtrail:eu-central-1:111122223333:trail/main because no identity-based policy allows the cloudtrail:DeleteTrail action',
    });
  });

  test('a failed one without a message has failed', () => {
    const cause = causeWith('failed-call', { errorMessage: undefined });

    expect(cause.error).toEqual({ code: 'AccessDenied', message: null });
  });

  test('a message without an error code is not a failure', () => {
    expect(causeWith('failed-call', { errorCode: undefined }).error).toBeNull();
  });
});

describe('an event ID or time that could be used in a key', () => {
  test.each<[string, unknown]>([
    ['is text but not a GUID', 'EXAMPLE-b5e9'],
    ['has text after a GUID', 'c0ffee00-1111-4222-8333-000000000001#'],
    ['has text before a GUID', 'x#c0ffee00-1111-4222-8333-000000000001'],
    ['ends with a line break', 'c0ffee00-1111-4222-8333-000000000001\n'],
    ['is a GUID without dashes', 'c0ffee00111142228333000000000001'],
    ['is empty', ''],
    ['is a number', 17],
    ['is missing', undefined],
  ])('is null if the ID %s', (_form, eventID) => {
    expect(causeWith('iam-user-from-the-cli', { eventID }).eventId).toBeNull();
  });

  test.each<[string, unknown]>([
    ['is not a time', 'yesterday'],
    ['has no zone', '2026-11-22T10:15:30'],
    ['has another zone', '2026-11-22T10:15:30+01:00'],
    ['is written with a space', '2026-11-22 10:15:30Z'],
    ['is only a day', '2026-11-22'],
    ['is on a day that does not exist', '2026-02-30T10:15:30Z'],
    ['has text after a time', '2026-11-22T10:15:30Z#'],
    ['is in seconds since 1970', 1795342530],
    ['is empty', ''],
    ['is missing', undefined],
  ])('is null if the time %s', (_form, eventTime) => {
    expect(causeWith('iam-user-from-the-cli', { eventTime }).at).toBeNull();
  });

  test('is a valid time or null', () => {
    const digits = fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|\+00:00)?$/);

    fc.assert(
      fc.property(fc.oneof(digits, fc.string()), (eventTime) => {
        const { at } = parseApiCall({ eventTime }, call);

        expect(at === null || !Number.isNaN(Date.parse(at))).toBe(true);
      }),
    );
  });
});

describe('an incomplete record still has an actor:', () => {
  const places = reported.flatMap(({ file }) =>
    pathsIn(recorded(file)).map((path) => ({ file, path })),
  );
  const notText = fc.constantFrom<unknown>(null, 0, true, '', [], ['mallory'], { name: 'mallory' });
  const notObject = fc.constantFrom<unknown>(null, 0, true, '', 'mallory', [], [{ name: 'x' }]);

  test.each(reported)('$file without any one of its fields', ({ file }) => {
    for (const path of pathsIn(recorded(file))) {
      const cause = causeWith(file, { [path]: undefined });

      expect(cause, path).toMatchObject({ eventName: 'StopLogging', region: 'eu-central-1' });
      expect(describeApiCall(cause), path).toMatch(/^\S.* \(\S.*\)/);
    }
  });

  test('a field of the wrong type is treated as missing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...places).chain(({ file, path }) => {
          const isText = typeof valueAt(recorded(file), path) !== 'object';
          return fc.tuple(fc.constant({ file, path }), isText ? notText : notObject);
        }),
        ([{ file, path }, value]) => {
          expect(causeWith(file, { [path]: value })).toEqual(
            causeWith(file, { [path]: undefined }),
          );
        },
      ),
      { numRuns: runs(1000) },
    );
  });

  test('texts of an attacker are limited to 1024 characters each', () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.integer({ min: 1020, max: 1030 }).map((length) => 'x'.repeat(length)),
      fc.constant('x/'.repeat(1_000)),
    );
    const some = (names: readonly string[], value: fc.Arbitrary<unknown>) =>
      fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
    const identity = fc.record({
      identity: some(
        ['type', 'userName', 'principalId', 'arn', 'accountId', 'invokedBy'],
        anything,
      ),
      issuer: some(['userName', 'arn'], anything),
      attributes: some(['mfaAuthenticated'], anything),
    });
    const rest = some(
      ['eventID', 'eventTime', 'sourceIPAddress', 'userAgent', 'errorCode', 'errorMessage'],
      anything,
    );

    fc.assert(
      fc.property(rest, identity, (record, { identity, issuer: sessionIssuer, attributes }) => {
        const sessionContext = { sessionIssuer, attributes };
        const cause = parseApiCall(
          { ...record, userIdentity: { ...identity, sessionContext } },
          call,
        );

        const texts = textsIn(cause);
        expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(1024);
      }),
    );
  });

  test.each([null, [], 'mallory', 7])('a record with the identity %j is read', (userIdentity) => {
    expect(parseApiCall({ userIdentity }, call).principal).toMatchObject({
      type: 'unknown',
      name: 'unknown principal',
    });
  });

  test('a text of 1024 characters is kept, and a longer one is cut', () => {
    const kept = 'a'.repeat(1024);
    const texts = [kept, `${kept}b`].map(
      (userAgent) => causeWith('iam-user-from-the-cli', { userAgent }).userAgent,
    );

    expect(texts).toEqual([kept, kept]);
  });
});

describe('a call is trailkeeper’s own', () => {
  const ownRole = 'arn:aws:iam::111122223333:role/protects/trailkeeper';
  const issuer = 'userIdentity.sessionContext.sessionIssuer.arn';

  test('if a session of exactly its role made it', () => {
    expect(calledByRole(causeWith('assumed-role', { [issuer]: ownRole }), [ownRole])).toBe(true);
  });

  test.each<[string, Readonly<{ [path: string]: unknown }>]>([
    [
      'a role of that name in another account',
      { [issuer]: 'arn:aws:iam::444455556666:role/protects/trailkeeper' },
    ],
    [
      'a role of that name under another path',
      { [issuer]: 'arn:aws:iam::111122223333:role/trailkeeper' },
    ],
    ['a role whose name is longer', { [issuer]: `${ownRole}-2` }],
    ['a role whose name differs in case', { [issuer]: ownRole.toUpperCase() }],
    ['a user of that name', { [issuer]: 'arn:aws:iam::111122223333:user/protects/trailkeeper' }],
    ['a user with that issuer', { [issuer]: ownRole, 'userIdentity.type': 'IAMUser' }],
    [
      'a federated user with that issuer',
      { [issuer]: ownRole, 'userIdentity.type': 'FederatedUser' },
    ],
    [
      'a caller without type but with that issuer',
      { [issuer]: ownRole, 'userIdentity.type': undefined },
    ],
    [
      'a session with only the same session name',
      {
        [issuer]: undefined,
        'userIdentity.arn': 'arn:aws:sts::111122223333:assumed-role/trailkeeper/trailkeeper',
      },
    ],
    ['a session with the role as its own ARN', { 'userIdentity.arn': ownRole }],
  ])('but not if %s made it', (_who, edits) => {
    expect(calledByRole(causeWith('assumed-role', edits), [ownRole])).toBe(false);
  });

  test('but not if an SSO user made it, even with that role', () => {
    const cause = causeWith('sso');

    expect(calledByRole(cause, [cause.principal.issuerArn ?? ''])).toBe(false);
  });

  test('but not if any other principal made it', () => {
    const own = reported.filter(({ file }) => calledByRole(causeWith(file), [ownRole]));

    expect(own).toEqual([]);
  });
});

/** The dotted path of every field of an object, at every depth. */
function pathsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    name,
    ...pathsIn(inner).map((path) => `${name}.${path}`),
  ]);
}

const valueAt = (record: object, path: string): unknown =>
  path.split('.').reduce((at: object, key) => Reflect.get(at, key), record);

/** Every text in a value, at every depth. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

test('a call counts as made by others until the controller knows its request', () => {
  expect(causeWith('assumed-role').selfTriggered).toBe(false);
});

describe('a role that only looks like an IAM Identity Center role', () => {
  const arn = 'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/R';
  const principalOf = (issuer: { readonly arn: string; readonly userName: string }) =>
    causeWith('sso', { 'userIdentity.sessionContext.sessionIssuer': issuer }).principal;

  test.each(['xAWSReservedSSO_Admin_0123456789abcdef', 'AWSReservedSSO_Admin_0123456789abcdef0'])(
    'keeps its name %s',
    (userName) => {
      expect(principalOf({ arn, userName }).issuer).toBe(userName);
    },
  );

  test('has the role type if its ARN contains the path elsewhere', () => {
    expect(principalOf({ arn: `x${arn}`, userName: 'R' }).type).toBe('AssumedRole');
    expect(principalOf({ arn, userName: 'R' }).type).toBe('SSO');
    const government = arn.replace('arn:aws:', 'arn:aws-us-gov:');
    expect(principalOf({ arn: government, userName: 'R' }).type).toBe('SSO');
  });
});
