import { setImmediate } from 'node:timers/promises';
import { CreateTrailCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail';
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Aws } from '#aws/clients.ts';
import type { Policy } from '#baseline/policy.ts';
import { logRole as kind } from '#drift/dependencies/log-role.ts';
import { kinds } from '#drift/index.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import type { Json } from '#text/diff.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { states } from '../support/baseline.ts';
import { capturedBaseline } from '../support/captured-baseline.ts';
import { inProcess } from '../support/in-process.ts';

const RoleName = 'org-trail-to-cloudwatch-logs';
const RoleArn = `arn:aws:iam::111122223333:role/${RoleName}`;
const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess';
const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll';
const replay = 'arn:aws:iam::111122223333:role/replay';
const cloudTrail = { Service: 'cloudtrail.amazonaws.com' };

const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const assume = (Principal: Json, Effect = 'Allow') => ({
  Effect,
  Principal,
  Action: 'sts:AssumeRole',
});
const trust = (...statements: object[]) => document(...statements);

type Attack = (iam: IAMClient) => Promise<unknown>;

const deletesRole: Attack = async (iam) => {
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'deliver' }));
  await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: readOnly }));
  await iam.send(new DeleteRoleCommand({ RoleName }));
};

/** What stops CloudTrail from writing to the log group. */
const attacks: readonly (readonly [title: string, field: string, attack: Attack])[] = [
  [
    'CloudTrail is no longer trusted',
    'CloudTrailStatements',
    (iam) =>
      iam.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName,
          PolicyDocument: trust(assume({ AWS: replay })),
        }),
      ),
  ],
  [
    'CloudTrail is denied to assume it',
    'Denials',
    (iam) =>
      iam.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName,
          PolicyDocument: trust(
            assume(cloudTrail),
            assume({ AWS: replay }),
            assume(cloudTrail, 'Deny'),
          ),
        }),
      ),
  ],
  [
    'its inline policy is deleted',
    'InlinePolicies',
    (iam) => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'deliver' })),
  ],
  [
    'its inline policy is narrowed',
    'InlinePolicies',
    (iam) =>
      iam.send(
        new PutRolePolicyCommand({
          RoleName,
          PolicyName: 'deliver',
          PolicyDocument: document({ Effect: 'Allow', Action: 'logs:PutLogEvents', Resource: '*' }),
        }),
      ),
  ],
  [
    'a managed policy is detached',
    'AttachedPolicies',
    (iam) => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: readOnly })),
  ],
  [
    'another boundary is put on it',
    'PermissionsBoundary',
    (iam) =>
      iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: denyAll })),
  ],
  ['it is deleted', 'Existence', deletesRole],
];

describe('the role with which CloudTrail writes to CloudWatch Logs', () => {
  test.each(attacks.filter(([, field]) => field !== 'Existence'))(
    'is restored if %s',
    async (_title, _field, attack) => {
      const account = await withTrail();
      await attack(account.mallory);

      await account.restore({ 'log-role': 'restore' });

      expect(await account.role()).toEqual(account.asCaptured);
    },
  );

  test('is created again if it is deleted, and trusts CloudTrail alone', async () => {
    const account = await withTrail();
    await deletesRole(account.mallory);

    const { verified } = await account.restore({ 'log-role': 'restore' });

    expect(await account.role()).toEqual({ ...account.asCaptured, trust: [assume(cloudTrail)] });
    expect(driftIn(verified)).toMatchObject([{ path: 'OtherStatements' }]);
  });

  test.each(attacks)(
    'is reported and not written by default if %s',
    async (_title, field, attack) => {
      const account = await withTrail();
      await attack(account.mallory);
      const attacked = await account.role();

      const { plan } = await account.restore({});

      expect(await account.role()).toEqual(attacked);
      expect(driftIn(plan)).toMatchObject([{ path: field, impact: { losesCoverage: false } }]);
    },
  );

  test('keeps what others wrote into its trust policy', async () => {
    const account = await withTrail();
    const backup = { ...assume({ AWS: '444455556666' }), Sid: 'Backup' };
    const PolicyDocument = trust(assume({ AWS: replay }), backup);
    await account.mallory.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));

    const { verified } = await account.restore({ 'log-role': 'restore' });

    const role = await account.role();
    expect(role?.trust).toEqual(
      sortedByText([assume({ AWS: replay }), backup, assume(cloudTrail)]),
    );
    expect(driftIn(verified)).toMatchObject([{ path: 'OtherStatements' }]);
  });

  test('keeps a Deny in its trust policy that is not about CloudTrail', async () => {
    const account = await withTrail();
    const denial = assume({ AWS: '444455556666' }, 'Deny');
    const PolicyDocument = trust(assume({ AWS: replay }), denial);
    await account.mallory.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));

    await account.restore({ 'log-role': 'restore' });

    const role = await account.role();
    expect(role?.trust).toEqual(
      sortedByText([assume({ AWS: replay }), denial, assume(cloudTrail)]),
    );
  });

  test.each<readonly [string, string, Attack]>([
    [
      'a statement that trusts someone else',
      'OtherStatements',
      (iam) =>
        iam.send(
          new UpdateAssumeRolePolicyCommand({
            RoleName,
            PolicyDocument: trust(
              assume(cloudTrail),
              assume({ AWS: replay }),
              assume({ AWS: '444455556666' }),
            ),
          }),
        ),
    ],
    [
      'an inline policy, which may deny',
      'InlinePolicies',
      (iam) =>
        iam.send(
          new PutRolePolicyCommand({
            RoleName,
            PolicyName: 'deny',
            PolicyDocument: document({ Effect: 'Deny', Action: '*', Resource: '*' }),
          }),
        ),
    ],
    [
      'a managed policy, which may deny',
      'AttachedPolicies',
      (iam) => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: denyAll })),
    ],
  ])('is left to people if someone adds %s', async (_title, field, attack) => {
    const account = await withTrail();
    await attack(account.mallory);
    const attacked = await account.role();

    const { verified } = await account.restore({ 'log-role': 'restore' });

    expect(await account.role()).toEqual(attacked);
    expect(driftIn(verified)).toMatchObject([{ path: field }]);
  });

  test('is in sync if its policies are only spelled otherwise', async () => {
    const account = await withTrail();
    const PolicyDocument = trust(
      { ...assume({ AWS: [replay] }), Sid: 'Replay' },
      { ...assume({ Service: ['cloudtrail.amazonaws.com'] }), Action: ['sts:ASSUMERole'] },
    );
    await account.mallory.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));

    expect(driftIn((await account.restore({})).plan)).toEqual([]);
  });

  test('is created again by two runs that found it deleted at once', async () => {
    const account = await withTrail();
    await deletesRole(account.mallory);

    const outcomes = await Promise.all(
      ['one', 'other'].map(() => account.restore({ 'log-role': 'restore' })),
    );

    expect(await account.role()).toEqual({ ...account.asCaptured, trust: [assume(cloudTrail)] });
    expect(outcomes.flatMap(({ applied }) => applied)).not.toContainEqual(
      expect.objectContaining({ status: 'failed' }),
    );
  });

  test('is read a few policies at a time, however many someone added', async () => {
    let [underway, most] = [0, 0];
    const account = await withTrail(
      async () => {},
      async (accessKeyId) => {
        if (accessKeyId !== 'trailkeeper') return;
        underway += 1;
        most = Math.max(most, underway);
        await setImmediate();
        underway -= 1;
      },
    );
    const PolicyDocument = document({ Effect: 'Deny', Action: '*', Resource: '*' });
    for (let i = 0; i < 60; i++) {
      const PolicyName = `added-${i}`;
      await account.mallory.send(
        new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }),
      );
    }
    most = 0;

    const observed = await account.observe();

    expect(observed).toMatchObject({ InlinePolicies: { length: 61 } });
    expect(most).toBeLessThan(20);
  });

  test('of another path is another role', async () => {
    const account = await withTrail();
    await deletesRole(account.mallory);
    const AssumeRolePolicyDocument = trust(assume({ AWS: '444455556666' }));
    await account.mallory.send(
      new CreateRoleCommand({ RoleName, Path: '/theirs/', AssumeRolePolicyDocument }),
    );

    const { plan, applied } = await account.restore({ 'log-role': 'restore' });

    expect(driftIn(plan)).toMatchObject([{ path: 'Existence', actual: 'gone' }]);
    expect(applied[0]).toMatchObject({
      action: 'CreateRole',
      remedy: expect.stringContaining('in another path'),
    });
    expect((await account.role())?.trust).toEqual([assume({ AWS: '444455556666' })]);
  });
});

describe('a role without the boundary of trailkeeper', () => {
  const unbounded = async () =>
    withTrail((iam) => iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName })));

  test.each(attacks.filter(([, field]) => isAllowed(field)))(
    'is not allowed anything by trailkeeper if %s',
    async (_title, field, attack) => {
      const account = await unbounded();
      await attack(account.mallory);
      const attacked = await account.role();

      const { verified } = await account.restore({ 'log-role': 'restore' });

      expect(await account.role()).toEqual(attacked);
      const [drift] = driftIn(verified);
      expect(drift?.path).toBe(field);
      expect(drift?.impact.description).toContain('Trailkeeper-LogDelivery');
    },
  );

  test.each(attacks.filter(([, field]) => !isAllowed(field)))(
    'is restored if %s',
    async (_title, _field, attack) => {
      const account = await unbounded();
      await attack(account.mallory);

      await account.restore({ 'log-role': 'restore' });

      expect(await account.role()).toEqual(account.asCaptured);
    },
  );

  function isAllowed(field: string): boolean {
    return ['Existence', 'InlinePolicies', 'AttachedPolicies'].includes(field);
  }
});

test('a boundary of someone else that was captured is left to people', async () => {
  const account = await withTrail((iam) =>
    iam.send(
      new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: administrator }),
    ),
  );
  await account.mallory.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));

  const { verified } = await account.restore({ 'log-role': 'restore' });

  expect(driftIn(verified)).toMatchObject([{ path: 'PermissionsBoundary', actual: 'none' }]);
});

test('trailkeeper never trusts anyone but CloudTrail', async () => {
  const principals: readonly Json[] = [
    '*',
    { AWS: '*' },
    { AWS: '444455556666' },
    { ...cloudTrail, AWS: '444455556666' },
    { Service: ['cloudtrail.amazonaws.com', 'lambda.amazonaws.com'] },
  ];
  const statements = fc
    .subarray([cloudTrail, ...principals].map((principal) => assume(principal)))
    .map((all) => all.map((one) => ({ ...one })));
  fc.assert(
    fc.property(statements, fc.boolean(), (CloudTrailStatements, isGone) => {
      const desired = { ...states['log-role'], CloudTrailStatements };
      const actual = isGone
        ? { Existence: 'gone' }
        : { ...desired, CloudTrailStatements: [], PermissionsBoundary: denyAll };

      const steps = kind.repair(desired, actual as typeof desired, trail, states);

      const written = JSON.stringify(steps.map(({ input }) => input)).replaceAll('\\', '');
      for (const other of principals) {
        const { Principal } = assume(other);
        expect(written).not.toContain(`"Allow","Principal":${JSON.stringify(Principal)}`);
      }
    }),
  );
});

test.each([undefined, 'not a policy'])(
  'does not write a trust policy if the present one is %s',
  async (AssumeRolePolicyDocument) => {
    const sent: string[] = [];
    const iam = {
      send: async ({ constructor: { name } }: object) => {
        sent.push(name);
        return { Role: { AssumeRolePolicyDocument } };
      },
    };
    const aws = { dependenciesIn: () => ({ iam }) } as unknown as Aws;
    const input = { RoleArn, put: [assume(cloudTrail)], remove: [] };

    const applied = kind.apply(aws, { action: 'UpdateAssumeRolePolicy', input });

    await expect(applied).rejects.toThrow('policy');
    expect(sent).toEqual(['GetRoleCommand']);
  },
);

const trail = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail');

type Finding = Awaited<ReturnType<typeof reconcile>>['plan']['findings'][number];

const driftIn = ({ findings }: { readonly findings: readonly Finding[] }) =>
  findings.flatMap((finding) =>
    finding.kind === kind.name && finding.status === 'drifted' ? finding.changes : [],
  );

/** A captured trail whose role also has a managed policy and trusts another role. */
async function withTrail(
  before: Attack = async () => {},
  turn?: (accessKeyId: string) => Promise<void>,
) {
  const { clientsOf } = inProcess(undefined, turn);
  const { cloudtrail, iam } = clientsOf('owner');
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: readOnly }));
  const PolicyDocument = trust(assume({ AWS: replay }), assume(cloudTrail));
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  await before(iam);
  await cloudtrail.send(
    new CreateTrailCommand({
      Name: trail.name,
      S3BucketName: 'org-trail-logs',
      CloudWatchLogsLogGroupArn: 'arn:aws:logs:us-east-1:111122223333:log-group:org-trail:*',
      CloudWatchLogsRoleArn: RoleArn,
    }),
  );
  await cloudtrail.send(new StartLoggingCommand({ Name: trail.arn }));
  const aws = clientsOf('trailkeeper');
  const now = () => new Date();
  const baseline = await capturedBaseline(aws, trail, now());
  return {
    mallory: clientsOf('mallory').iam,
    role: () => roleIn(iam),
    asCaptured: await roleIn(iam),
    observe: () => kind.observe(aws, trail, now(), { settings: baseline.states.settings ?? {} }),
    restore: (policy: Policy) =>
      reconcile(
        { ...baseline, policy },
        { kinds, aws, mode: 'enforce', now, sleep: async () => {}, readLagMs: 0 },
      ),
  };
}

/** The role as an administrator reads it; null if there is none. */
async function roleIn(iam: IAMClient) {
  const found = await iam.send(new GetRoleCommand({ RoleName })).catch(nullIfMissing);
  if (found === null) return null;
  const { Role } = found;
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  const inline = PolicyNames.toSorted().map((PolicyName) =>
    iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })),
  );
  const parsed = (text = '') => JSON.parse(decodeURIComponent(text));
  const { Statement } = parsed(Role?.AssumeRolePolicyDocument);
  return {
    trust: sortedByText(Statement),
    boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
    attached: AttachedPolicies,
    inline: (await Promise.all(inline)).map(({ PolicyName, PolicyDocument }) => [
      PolicyName,
      parsed(PolicyDocument),
    ]),
  };
}

function nullIfMissing(error: unknown): null {
  if (error instanceof Error && error.name === 'NoSuchEntityException') return null;
  throw error;
}

const sortedByText = (all: readonly object[]): readonly object[] =>
  all.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
