import {
  CancelKeyDeletionCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { key } from '#drift/dependencies/key.ts';
import type { KmsKey } from '#sandbox/world.ts';
import { states, trail } from '../support/baseline.ts';
import { answering, refusing } from '../support/cloudtrail.ts';
import {
  type DependencyAccount,
  dependencyAccount,
  KeyArn,
  KeyId,
  leftOf,
} from '../support/key-and-topic.ts';

const restored = { key: 'restore' } as const;
const root = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::111122223333:root' },
  Action: 'kms:*',
  Resource: '*',
};
const reader = { ...root, Principal: { AWS: '444455556666' }, Action: 'kms:Decrypt' };
const denial = { ...root, Effect: 'Deny', Principal: '*', Action: 'kms:GenerateDataKey*' };

describe('a captured key', () => {
  test('has its state, its rotation, and the parts of its policy', async () => {
    const account = await dependencyAccount();
    await account.kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 180 }));

    const { key: captured } = await account.captured();

    expect(captured).toEqual({
      KeyState: 'Enabled',
      RotationPeriodInDays: 180,
      CloudTrailStatements: [
        expect.objectContaining({ Action: 'kms:DescribeKey' }),
        expect.objectContaining({ Action: 'kms:GenerateDataKey*' }),
      ],
      Denials: [],
      OtherStatements: [root],
    });
  });

  test('without rotation is not required to have none', async () => {
    const account = await dependencyAccount();
    await account.ownerKms.send(new DisableKeyRotationCommand({ KeyId }));
    const captured = await account.captured();

    expect(captured.key).toMatchObject({ RotationPeriodInDays: null });
    await account.kms.send(new EnableKeyRotationCommand({ KeyId }));
    expect(leftOf(await account.restore(captured, restored), 'key')).toEqual([]);
  });

  test('of another account has the parts that its account lets others read', async () => {
    const account = await dependencyAccount();
    const foreign = 'arn:aws:kms:us-east-1:444455556666:key/9b3d7e52-0c55-4d0f-8a77-6e2f41d9aa10';
    await account
      .clientsOf('444455556666')
      .kmsIn('us-east-1')
      .send(
        new PutKeyPolicyCommand({
          KeyId: foreign,
          Policy: policyOf(
            { ...root, Principal: { AWS: '444455556666' } },
            { ...root, Action: 'kms:DescribeKey' },
            ...(states.key.CloudTrailStatements as object[]),
          ),
        }),
      );
    const captured = await account.captured();
    const { settings } = captured;

    const { key: seen } = await observed(account, { settings: { ...settings, KmsKeyId: foreign } });

    expect(seen).toMatchObject({
      KeyState: 'Enabled',
      RotationPeriodInDays: 'not readable',
      CloudTrailStatements: 'not readable',
    });
    expect(key.toBaseline?.(seen as never)).toEqual({
      KeyState: 'Enabled',
      RotationPeriodInDays: null,
      CloudTrailStatements: null,
      Denials: null,
      OtherStatements: null,
    });
  });
});

/** What someone does to a key, by the calls that are needed to restore it. */
const attacks: readonly (readonly [
  what: string,
  call: (account: DependencyAccount) => Promise<unknown>,
  writes: readonly string[],
])[] = [
  ['a disabled key', ({ kms }) => kms.send(new DisableKeyCommand({ KeyId })), ['EnableKey']],
  [
    'a key that is scheduled for deletion',
    ({ kms }) => kms.send(new ScheduleKeyDeletionCommand({ KeyId })),
    ['CancelKeyDeletion', 'EnableKey'],
  ],
  [
    'a key whose deletion was canceled, and which is disabled since',
    async ({ kms }) => {
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
      await kms.send(new CancelKeyDeletionCommand({ KeyId }));
    },
    ['EnableKey'],
  ],
  [
    'a policy without the statements of CloudTrail',
    ({ kms }) => kms.send(new PutKeyPolicyCommand({ KeyId, Policy: policyOf(root) })),
    ['PutKeyPolicy'],
  ],
  [
    'a policy that denies CloudTrail the key',
    async ({ kms }) =>
      kms.send(new PutKeyPolicyCommand({ KeyId, Policy: await withMore(kms, denial) })),
    ['PutKeyPolicy'],
  ],
  [
    'a key that is no longer rotated',
    ({ kms }) => kms.send(new DisableKeyRotationCommand({ KeyId })),
    ['EnableKeyRotation'],
  ],
  [
    'a key that is rotated every seven years',
    ({ kms }) => kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 2560 })),
    ['EnableKeyRotation'],
  ],
  [
    'everything at once',
    async ({ kms }) => {
      await kms.send(new DisableKeyRotationCommand({ KeyId }));
      await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: policyOf(root, denial) }));
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
    },
    ['CancelKeyDeletion', 'EnableKey', 'PutKeyPolicy', 'EnableKeyRotation'],
  ],
];

describe.each(attacks)('%s', (_what, attack, writes) => {
  test('is restored in one run if the policy says so', async () => {
    const account = await rotatedKey();
    const captured = await account.captured();
    const before = await stateOf(account);
    await attack(account);
    const start = account.calls.length;

    const outcome = await account.restore(captured, restored);

    expect(await stateOf(account)).toEqual(before);
    expect(leftOf(outcome, 'key')).toEqual([]);
    expect(account.writesSince(start)).toEqual(writes);
  });

  test.each([
    ['by default', {}, 'enforce'],
    ['in mode observe', restored, 'observe'],
  ] as const)('is reported and left %s', async (_when, policy, mode) => {
    const account = await rotatedKey();
    const captured = await account.captured();
    await attack(account);
    const attacked = await stateOf(account);
    const start = account.calls.length;

    const outcome = await account.restore(captured, policy, mode);

    expect(leftOf(outcome, 'key')).not.toEqual([]);
    expect(account.writesSince(start)).toEqual([]);
    expect(await stateOf(account)).toEqual(attacked);
  });
});

describe('a key policy', () => {
  test('keeps what others wrote meanwhile', async () => {
    const account = await dependencyAccount();
    const captured = await account.captured();
    const theirs = { ...reader, Sid: 'Theirs' };
    await account.kms.send(
      new PutKeyPolicyCommand({ KeyId, Policy: policyOf(root, theirs, denial) }),
    );

    const outcome = await account.restore(captured, restored);

    const { Policy = '' } = await account.ownerKms.send(new GetKeyPolicyCommand({ KeyId }));
    const { Statement } = JSON.parse(Policy);
    expect(Statement.slice(0, 2)).toEqual([root, theirs]);
    expect(Statement).not.toContainEqual(denial);
    expect(leftOf(outcome, 'key')).toMatchObject([{ path: 'OtherStatements', severity: 'medium' }]);
  });

  test('that would become too large is left, and the rest is restored', async () => {
    const account = await dependencyAccount();
    const captured = await account.captured();
    const left = 32_768 - Buffer.byteLength(policyOf(root, { ...reader, Sid: '' }));
    const long = { ...reader, Sid: 'x'.repeat(left) };
    await account.kms.send(new PutKeyPolicyCommand({ KeyId, Policy: policyOf(root, long) }));
    await account.kms.send(new DisableKeyCommand({ KeyId }));

    const { applied } = await account.restore(captured, restored);

    expect(
      (await account.ownerKms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata,
    ).toMatchObject({ KeyState: 'Enabled' });
    const refused = applied.filter(({ status }) => status === 'failed');
    expect(refused[0]).toMatchObject({ action: 'PutKeyPolicy', error: 'PolicyTooLargeError' });
    expect(refused.at(-1)).toMatchObject({ remedy: expect.stringContaining('statements') });
  });

  test('that locks its account out is reported with the remedy, and no call is refused', async () => {
    const account = await dependencyAccount();
    const captured = await account.captured();
    const named = { AWS: ['arn:aws:iam::111122223333:user/mallory', ...readers] };
    const only = { ...root, Principal: named };
    await account.kms.send(
      new PutKeyPolicyCommand({
        KeyId,
        Policy: policyOf(only),
        BypassPolicyLockoutSafetyCheck: true,
      }),
    );
    await account.kms.send(new DisableKeyCommand({ KeyId }));
    const start = account.calls.length;

    const outcome = await account.restore(captured, restored);

    expect(account.writesSince(start)).toEqual([]);
    const [lockedOut] = leftOf(outcome, 'key').filter(({ path }) => path === 'OtherStatements');
    expect(lockedOut?.description).toContain('AWS Support');
  });

  test('that no longer lets trailkeeper read it is reported once, with the remedy', async () => {
    const account = await dependencyAccount();
    const captured = await account.captured();
    const only = { ...root, Principal: { AWS: 'arn:aws:iam::111122223333:user/mallory' } };
    await account.kms.send(
      new PutKeyPolicyCommand({
        KeyId,
        Policy: policyOf(only),
        BypassPolicyLockoutSafetyCheck: true,
      }),
    );
    const start = account.calls.length;

    const [left, ...others] = leftOf(await account.restore(captured, restored), 'key');

    expect(account.writesSince(start)).toEqual([]);
    expect(others).toEqual([]);
    expect(left?.path).toBe('KeyState');
    expect(left?.description).toContain('AWS Support');
  });
});

test('a key that cannot be read is reported even if only its policy is protected', async () => {
  const { aws } = refusing('AccessDeniedException');

  const seen = await key.observe(aws, trail, new Date(), {
    ...states,
    key: { ...states.key, KeyState: null },
  });

  expect(seen).toMatchObject({ KeyState: null, CloudTrailStatements: 'not readable' });
});

describe('what KMS answers about a key', () => {
  const complete: Readonly<Record<string, object>> = {
    DescribeKey: { KeyMetadata: { KeyId, KeyState: 'Enabled' } },
    GetKeyRotationStatus: { KeyRotationEnabled: true, RotationPeriodInDays: 180 },
    GetKeyPolicy: { Policy: policyOf(root) },
  };
  const state = {
    ...{ KeyState: 'Enabled', RotationPeriodInDays: 180 },
    ...{ CloudTrailStatements: [], Denials: [], OtherStatements: [root] },
  };
  const policy = { CloudTrailStatements: [], Denials: [], OtherStatements: [root] };
  const none = { CloudTrailStatements: null, Denials: null, OtherStatements: null };
  const refusal = { __type: 'AccessDeniedException' };
  const notFound = { __type: 'NotFoundException' };

  /** What is observed at a capture, or of a baseline that protects what `wanted` says, and the operations. */
  async function seen(answers: object, wanted?: object) {
    const all = { ...complete, ...answers };
    const { aws, asked } = answering(({ operation }) => Reflect.get(all, operation));
    const desired = { settings: states.settings, ...(wanted && { key: wanted }) };
    const observed = await key.observe(aws, trail, new Date(), desired);
    return { observed, operations: asked.map(({ operation }) => operation).toSorted() };
  }

  test.each<[string, object, object]>([
    ['its state, rotation and policy', {}, state],
    [
      'that it is not rotated',
      { GetKeyRotationStatus: { KeyRotationEnabled: false } },
      { ...state, RotationPeriodInDays: 'off' },
    ],
    [
      'that it is rotated in the default period',
      { GetKeyRotationStatus: { KeyRotationEnabled: true } },
      { ...state, RotationPeriodInDays: 365 },
    ],
    [
      'that it becomes the primary key',
      { DescribeKey: { KeyMetadata: { KeyId, KeyState: 'Updating' } } },
      state,
    ],
    [
      'that it cannot be rotated',
      { GetKeyRotationStatus: { __type: 'UnsupportedOperationException' } },
      { KeyState: 'Enabled', ...policy },
    ],
    ['nothing of its state', { DescribeKey: {} }, { RotationPeriodInDays: 180, ...policy }],
    [
      'that its rotation is not known while it waits for its deletion',
      { DescribeKey: { KeyMetadata: { KeyId, KeyState: 'PendingDeletion' } } },
      { KeyState: 'PendingDeletion', ...policy },
    ],
    ['nothing of its rotation', { GetKeyRotationStatus: {} }, { KeyState: 'Enabled', ...policy }],
    [
      'that its rotation is hidden',
      { GetKeyRotationStatus: refusal },
      { ...state, RotationPeriodInDays: 'not readable' },
    ],
    [
      'nothing of its policy',
      { GetKeyPolicy: {} },
      { KeyState: 'Enabled', RotationPeriodInDays: 180 },
    ],
    [
      'that its policy is gone',
      { GetKeyPolicy: notFound },
      { KeyState: 'Enabled', RotationPeriodInDays: 180 },
    ],
    [
      'that its policy is hidden',
      { GetKeyPolicy: refusal },
      {
        ...{ KeyState: 'Enabled', RotationPeriodInDays: 180 },
        CloudTrailStatements: 'not readable',
      },
    ],
    ['that it is gone', { DescribeKey: notFound }, { KeyState: 'gone' }],
    ['that it is hidden', { DescribeKey: refusal }, { KeyState: 'not readable' }],
  ])('is compared: %s', async (_what, answers, expected) => {
    expect((await seen(answers)).observed).toEqual(expected);
  });

  test('is asked only for what the baseline protects', async () => {
    const protectedPolicy = { ...state, RotationPeriodInDays: null };
    const protectedRotation = { ...state, ...none };

    expect(await seen({}, protectedPolicy)).toEqual({
      observed: protectedPolicy,
      operations: ['DescribeKey', 'GetKeyPolicy'],
    });
    expect(await seen({}, protectedRotation)).toEqual({
      observed: protectedRotation,
      operations: ['DescribeKey', 'GetKeyRotationStatus'],
    });
  });

  test('does not say that the policy is hidden if the key is gone', async () => {
    const { observed } = await seen({ DescribeKey: notFound }, { ...state, KeyState: null });

    expect(observed).toEqual({ KeyState: null });
  });

  test('fails if it fails for another reason', async () => {
    const failure = { __type: 'KMSInternalException' };
    for (const operation of Object.keys(complete)) {
      await expect(seen({ [operation]: failure })).rejects.toThrow();
    }
  });

  test('about a policy that a step restores has to be complete', async () => {
    const { aws, asked } = answering({});
    const input = { KeyId: KeyArn, put: [root], remove: [] };

    await expect(key.apply(aws, { action: 'PutKeyPolicy', input })).rejects.toThrow('GetKeyPolicy');
    expect(asked).toHaveLength(1);
  });

  test('does not change if its policy has what a step puts', async () => {
    const { aws, asked } = answering({ Policy: policyOf(root) });
    const input = { KeyId: KeyArn, put: [root], remove: [] };

    await key.apply(aws, { action: 'PutKeyPolicy', input });

    expect(asked.map(({ operation }) => operation)).toEqual(['GetKeyPolicy']);
  });
});

describe('a key that nothing can restore is reported, and left:', () => {
  test.each<[string, Partial<KmsKey> | null, string]>([
    ['a deleted key', null, 'another key'],
    ['deleted key material', { state: 'PendingImport' as never }, 'Import it again'],
    ['a key store that is not connected', { state: 'Unavailable' as never }, 'it is Unavailable'],
  ])('%s', async (_what, change, remedy) => {
    const account = await dependencyAccount();
    const captured = await account.captured();
    const found = account.world.keys.get(KeyArn);
    if (change === null || found === undefined) account.world.keys.delete(KeyArn);
    else account.world.keys.set(KeyArn, { ...found, ...change });
    const start = account.calls.length;

    const outcome = await account.restore(captured, restored);

    expect(account.writesSince(start)).toEqual([]);
    expect(leftOf(outcome, 'key')).toMatchObject([
      { path: 'KeyState', description: expect.stringContaining(remedy) },
    ]);
  });
});

describe('a multi-Region key', () => {
  const mrk = 'mrk-1234abcd12ab34cd56ef1234567890ab';

  test('is restored in its Region, and its replicas elsewhere are left', async () => {
    const account = await dependencyAccount();
    const [here, there] = ['us-east-1', 'eu-central-1'].map((region) => ({
      region,
      arn: `arn:aws:kms:${region}:111122223333:key/${mrk}`,
    }));
    const found = account.world.keys.get(KeyArn);
    if (!(here && there && found)) throw new Error('there is no key');
    for (const { arn, region } of [here, there]) {
      account.world.keys.set(arn, { ...found, keyId: mrk, region, state: 'Disabled' });
    }
    const { settings, ...others } = await account.captured();
    const desired = { ...others, settings: { ...settings, KmsKeyId: there.arn } };
    const aws = account.clientsOf('trailkeeper');
    const { key: actual } = await observed(account, desired);

    for (const step of key.repair(others.key as never, actual, account.trail, desired)) {
      await key.apply(aws, step);
    }

    const states = [here, there].map(({ arn }) => account.world.keys.get(arn)?.state);
    expect(states).toEqual(['Disabled', 'Enabled']);
  });

  test('is not compared in its rotation if it is a replica, because the primary key decides that', async () => {
    const MultiRegionConfiguration = { MultiRegionKeyType: 'REPLICA' };
    const { aws, asked } = answering(({ operation }) =>
      operation === 'DescribeKey'
        ? { KeyMetadata: { KeyId: mrk, KeyState: 'Enabled', MultiRegionConfiguration } }
        : { Policy: policyOf(root) },
    );

    const seen = await key.observe(aws, trail, new Date(), states);

    expect(seen).toMatchObject({ KeyState: 'Enabled', CloudTrailStatements: [] });
    expect(seen).not.toHaveProperty('RotationPeriodInDays');
    expect(asked.map(({ operation }) => operation)).not.toContain('GetKeyRotationStatus');
  });

  test('that waits for the deletion of its replicas is kept, and enabled', () => {
    const desired = states.key as never;
    const actual = { ...states.key, KeyState: 'PendingReplicaDeletion' } as never;

    const steps = key.repair(desired, actual, {} as never, states);

    expect(steps.map(({ action }) => action)).toEqual(['CancelKeyDeletion', 'EnableKey']);
  });
});

/** trailkeeper, by name: it may read the key but not administer it. */
const readers = ['arn:aws:iam::111122223333:user/trailkeeper'];

const policyOf = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });

async function withMore(kms: DependencyAccount['kms'], more: object): Promise<string> {
  const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
  const document = JSON.parse(Policy);
  return JSON.stringify({ ...document, Statement: [...document.Statement, more] });
}

async function rotatedKey(): Promise<DependencyAccount> {
  const account = await dependencyAccount();
  await account.ownerKms.send(new EnableKeyRotationCommand({ KeyId }));
  return account;
}

/** A key as its owner sees it; the order of statements does not matter. */
async function stateOf({ ownerKms: kms }: DependencyAccount): Promise<unknown> {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
  const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
  const { $metadata: _, ...rotation } = await kms.send(new GetKeyRotationStatusCommand({ KeyId }));
  const statements: readonly object[] = JSON.parse(Policy).Statement;
  const texts = statements.map((one) => JSON.stringify(one)).toSorted();
  return { KeyMetadata, rotation, texts };
}

const observed = async (account: DependencyAccount, desired: object) => ({
  key: await key.observe(
    account.clientsOf('trailkeeper'),
    account.trail,
    new Date(),
    desired as never,
  ),
});
