import { isDeepStrictEqual } from 'node:util';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { type Bucket, bucket } from '#drift/dependencies/bucket.ts';
import type { PolicyStatement } from '#drift/dependencies/policy-document.ts';
import { isSameStatement } from '#drift/dependencies/statement-meaning.ts';
import { auditBucket } from '#sandbox/audit-dependencies.ts';
import { bucketAttacks, bucketDeletion } from '#sandbox/bucket-attacks.ts';
import { editPolicy, lockObjects, setVersioning, statementsOf } from '#sandbox/log-bucket.ts';
import { readRecord } from '#trail/recorded-call.ts';
import {
  accountWithTrail,
  everything,
  name,
  owner,
  protectedBucket,
} from '../support/log-bucket-account.ts';

describe('a capture', () => {
  test('reads the policy and the configuration in the account of the bucket', async () => {
    const { captured } = await protectedBucket();

    expect(captured).toMatchObject({
      Owner: owner,
      CloudTrailStatements: [
        { Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 's3:GetBucketAcl' },
        { Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 's3:PutObject' },
      ],
      Denials: [],
      OtherStatements: [{ Action: 's3:ListBucket' }],
      PublicAccessBlock: { BlockPublicAcls: true, RestrictPublicBuckets: true },
      OwnershipControls: 'BucketOwnerEnforced',
      Versioning: 'Enabled',
      MfaDelete: 'Disabled',
      Lifecycle: { Rules: [{ Expiration: { Days: 3650 } }] },
      ObjectLock: { IsEnabled: false, Rules: [] },
      Replication: { Role: null, Rules: [] },
      Encryption: [{ BucketKeyEnabled: true }],
      RequestPayment: 'BucketOwner',
    });
    expect(bucket.state.safeParse(captured).success).toBe(true);
  });

  test('of a bucket that is not configured is complete', async () => {
    const account = await accountWithTrail();
    await account.archive.send(new DeleteBucketCommand({ Bucket: name }));
    await account.archive.send(new CreateBucketCommand({ Bucket: name }));

    const captured = await account.capture();

    expect(bucket.state.safeParse(captured).success).toBe(true);
    expect(captured).toMatchObject({
      CloudTrailStatements: [],
      Denials: [],
      OtherStatements: [],
      Versioning: 'Off',
      Lifecycle: { Rules: [] },
    });
  });

  test('protects the bucket only as such without access to its account', async () => {
    const account = await accountWithTrail();

    const { Region, Owner, ...contents } = await account.capture(account.auditor);

    expect({ Region, Owner }).toStrictEqual({ Region: 'us-east-1', Owner: owner });
    expect(new Set(Object.values(contents))).toStrictEqual(new Set([null]));
  });

  test('protects the contents of a bucket whose Region an operator excluded', async () => {
    const { archive, captured, drift } = await protectedBucket();
    await archive.send(
      new PutBucketVersioningCommand({
        Bucket: name,
        VersioningConfiguration: { Status: 'Suspended' },
      }),
    );

    const found = await drift({ ...captured, Region: null });

    expect(found.map(({ path }) => path)).toStrictEqual(['Versioning']);
  });

  test('of a bucket that is gone, with an owner that a person names, reads no more', async () => {
    const account = await accountWithTrail();
    await account.archive.send(new DeleteBucketCommand({ Bucket: name }));
    const start = account.calls.length;

    expect(await account.observe({ Owner: owner })).toStrictEqual({ Region: null, Owner: owner });
    expect(account.calls.slice(start).map(({ operation }) => operation)).toStrictEqual([
      'HeadBucket',
    ]);
  });

  test('does not protect what an operator excluded, and does not read it again', async () => {
    const account = await accountWithTrail();
    const excluded = Object.fromEntries(
      Object.keys(bucket.state.shape).map((field) => [field, null]),
    );
    const desired = { ...excluded, Region: 'us-east-1', Owner: owner };
    const start = account.calls.length;

    expect(await account.observe(desired)).toStrictEqual(desired);
    expect(account.calls.slice(start).map(({ operation }) => operation)).toStrictEqual([
      'HeadBucket',
    ]);
  });
});

describe('is restored where the policy says so, after Mallory', () => {
  test.each([...bucketAttacks, bucketDeletion])('$title', async ({ call, fields }) => {
    const { archive, captured, drift, restore } = await protectedBucket();
    const before = await auditBucket(archive, name);
    await call({ s3: archive }, name);

    const found = await drift(captured);
    await restore(captured);

    expect(new Set(found.map(({ path }) => path.split('.')[0]))).toStrictEqual(new Set(fields));
    expect(await auditBucket(archive, name)).toStrictEqual(before);
    const left = (await drift(captured)).map(({ path }) => path);
    expect(left.filter((path) => path !== 'OtherStatements')).toStrictEqual([]);
    const statements = (await statementsOf(archive, name)) as PolicyStatement[];
    for (const one of captured.CloudTrailStatements ?? []) {
      expect(statements.some((other) => isSameStatement(one, other))).toBe(true);
    }
  });

  test.each([...bucketAttacks, bucketDeletion])(
    '$title: otherwise it is only reported',
    async ({ call }) => {
      const { archive, captured, drift, restore, writes } = await protectedBucket();
      await call({ s3: archive }, name);
      const start = writes().length;

      const found = await drift(captured, {});
      await restore(captured, {});

      expect(new Set(found.map(({ treatment }) => treatment))).toStrictEqual(new Set(['alert']));
      expect(writes().slice(start)).toStrictEqual([]);
    },
  );

  test('changes the default retention', async () => {
    const { archive, capture, drift, restore } = await protectedBucket();
    await lockObjects(archive, name, 365);
    const captured = await capture();
    const before = await auditBucket(archive, name);
    await lockObjects(archive, name, 1);

    expect(await drift(captured)).toMatchObject([
      { path: 'ObjectLock.Rules', impact: { severity: 'high' } },
    ]);
    await restore(captured);

    expect(await auditBucket(archive, name)).toStrictEqual(before);
  });
});

describe('the record of a call shows, or leaves open, what drifted after Mallory', () => {
  test.each([...bucketAttacks, bucketDeletion])('$title', async ({ call }) => {
    const { archive, captured, observe, trail, world } = await protectedBucket();
    const start = world.history.length;
    await call({ s3: archive }, name);

    const results = world.history
      .slice(start)
      .map((record) => bucket.historyModel.applyCall(readRecord(record), captured, trail));
    const set = Object.assign({}, ...results.map((result) => result?.set));
    const indeterminate = results.flatMap((result) => result?.indeterminate ?? []);
    const observed = { ...(await observe(captured)) };

    const differs = (state: object, field: string): boolean =>
      !isDeepStrictEqual(Reflect.get(state, field), Reflect.get(captured, field));
    const drifted = Object.keys(observed).filter((field) => differs(observed, field));
    const shown = Object.keys(set).filter((field) => differs(set, field));
    expect([...shown, ...indeterminate]).toEqual(expect.arrayContaining(drifted));
    for (const field of shown) expect(drifted).toContain(field);
  });
});

describe('the policy', () => {
  test('keeps what others wrote since the capture', async () => {
    const { archive, captured, restore } = await protectedBucket();
    const readers = {
      Sid: 'Readers',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${owner}:root` },
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${name}/*`,
    };
    await editPolicy(archive, name, (all) => [readers, ...all.slice(2)]);

    await restore(captured);

    const [first, second, ...restored] = await statementsOf(archive, name);
    expect(first).toStrictEqual(readers);
    expect(second).toMatchObject({ Action: 's3:ListBucket' });
    expect(new Set(restored)).toStrictEqual(new Set(captured.CloudTrailStatements));
  });

  test('is restored by one field only if the policy of the baseline names one', async () => {
    const { archive, captured, drift, restore } = await protectedBucket();
    await editPolicy(archive, name, (all) => [denyAll, ...all.slice(2)]);

    await restore(captured, { bucket: { Denials: 'restore' } });

    expect((await drift(captured)).map(({ path }) => path)).toStrictEqual(['CloudTrailStatements']);
  });

  test('is not written if it says the same in another spelling', async () => {
    const { archive, captured, drift } = await protectedBucket();
    await editPolicy(archive, name, (all) =>
      all.toReversed().map((one) => ({ Sid: 'Other', ...one, Action: [one.Action] })),
    );

    expect(await drift(captured)).toStrictEqual([]);
  });

  test('that was restored meanwhile is not written again', async () => {
    const { archive, aws, captured, steps, writes } = await protectedBucket();
    const before = await statementsOf(archive, name);
    await editPolicy(archive, name, (all) => all.slice(2));
    const planned = await steps(captured);
    await editPolicy(archive, name, () => before);
    const start = writes().length;

    for (const step of planned) await bucket.apply(aws, step);

    expect(planned).toHaveLength(1);
    expect(writes().slice(start)).toStrictEqual([]);
  });

  test('that would be too large loses its Denies, and the rest is reported with its size', async () => {
    const { archive, aws, captured, trail, steps } = await protectedBucket();
    const deletions = { ...denyAll, Action: 's3:DeleteObject', Sid: '' };
    const full = { Version: '2012-10-17', Statement: [deletions, denyAll] };
    const filler = { ...deletions, Sid: 'x'.repeat(20_480 - JSON.stringify(full).length) };
    await editPolicy(archive, name, () => [filler, denyAll]);
    const [step, ...others] = await steps(captured);
    if (step === undefined) throw new Error('there is no step');

    const refused = { error: 'PolicyTooLargeError', changes: [] };
    await expect(bucket.apply(aws, step)).rejects.toMatchObject({ name: refused.error });
    const parts = bucket.decompose?.(step, refused, trail) ?? [];
    const results = [];
    for (const part of parts) results.push(await bucket.apply(aws, part).catch(messageOf));

    expect(others).toStrictEqual([]);
    expect(results).toStrictEqual([
      undefined,
      ...Array(2).fill(expect.stringMatching(/would have 20\d+ bytes, and the limit is 20480/)),
    ]);
    expect(await statementsOf(archive, name)).toStrictEqual([filler]);
  });

  test('that cannot be read any more is reported once, and not written', async () => {
    const { captured, drift, steps, auditor } = await protectedBucket();
    const withoutPolicy = {
      ...captured,
      ...{ CloudTrailStatements: null, Denials: null, OtherStatements: null },
    };

    for (const [desired, path, action] of [
      [captured, 'CloudTrailStatements', 's3:GetBucketPolicy'],
      [withoutPolicy, 'PublicAccessBlock', 's3:GetBucketPublicAccessBlock'],
    ] as const) {
      expect(await drift(desired, everything, auditor)).toMatchObject([
        {
          ...{ path, actual: 'not readable' },
          impact: { description: expect.stringMatching(`${action}.*--dependency-profile`) },
        },
      ]);
      expect(await steps(desired, everything, auditor)).toStrictEqual([]);
    }
  });
});

describe('a bucket that denies s3:ListBucket to everyone', () => {
  const hidden = { ...denyAll, Action: 's3:ListBucket', Resource: `arn:aws:s3:::${name}` };

  test('is known by what its owner alone may read, and restored', async () => {
    const { archive, captured, drift, restore } = await protectedBucket();
    await archive.send(setVersioning(name, 'Suspended'));
    await editPolicy(archive, name, (all) => [hidden, ...all.slice(2)]);

    const found = (await drift(captured)).map(({ path }) => path);
    await restore(captured);

    expect(found).toStrictEqual(['CloudTrailStatements', 'OtherStatements', 'Versioning']);
    expect((await drift(captured)).map(({ path }) => path)).toStrictEqual(['OtherStatements']);
    expect(await statementsOf(archive, name)).toContainEqual(hidden);
  });

  test('and the policy, too: its configuration is restored', async () => {
    const { archive, captured, drift, restore } = await protectedBucket();
    await archive.send(setVersioning(name, 'Suspended'));
    const Action = ['s3:ListBucket', 's3:GetBucketPolicy'];
    await editPolicy(archive, name, (all) => [...all, { ...hidden, Action }]);

    await restore(captured);

    expect((await drift(captured)).map(({ path }) => path)).toStrictEqual(['CloudTrailStatements']);
  });

  test('is not read further if its versioning cannot be read', async () => {
    const { archive, calls, captured, observe } = await protectedBucket();
    await editPolicy(archive, name, (all) => [...all, { ...hidden, Action: 's3:*' }]);
    const start = calls.length;

    expect(await observe(captured)).toMatchObject({ Owner: 'not readable' });
    expect(calls.slice(start).map(({ operation }) => operation)).toStrictEqual([
      'HeadBucket',
      'HeadBucket',
      'GetBucketVersioning',
    ]);
  });

  test('is not written to if it belongs to someone else', async () => {
    const { archive, mallory, captured, drift, steps } = await protectedBucket();
    await archive.send(new DeleteBucketCommand({ Bucket: name }));
    await mallory.send(new CreateBucketCommand({ Bucket: name }));
    const Resource = [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`];
    const open = { Effect: 'Allow', Principal: { AWS: owner }, Action: 's3:*', Resource };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open, hidden] });
    await mallory.send(new PutBucketPolicyCommand({ Bucket: name, Policy }));

    expect(await drift(captured)).toMatchObject([{ path: 'Owner', actual: 'not readable' }]);
    expect(await steps(captured)).toStrictEqual([]);
  });
});

describe('is reported, and left to people:', () => {
  test('a Deny statement that does not reach CloudTrail', async () => {
    const { archive, captured, drift, steps } = await protectedBucket();
    const role = { AWS: `arn:aws:iam::${owner}:role/reader` };
    await editPolicy(archive, name, (all) => [...all, { ...denyAll, Principal: role }]);

    expect(await drift(captured)).toMatchObject([
      { path: 'OtherStatements', impact: { severity: 'medium' } },
    ]);
    expect(await steps(captured)).toStrictEqual([]);
  });

  test('a statement that allows more', async () => {
    const { archive, captured, drift, steps } = await protectedBucket();
    const reader = { ...denyAll, Effect: 'Allow', Principal: { AWS: '444455556666' } };
    await editPolicy(archive, name, (all) => [...all, reader]);

    expect(await drift(captured)).toMatchObject([
      { path: 'OtherStatements', impact: { severity: 'high' } },
    ]);
    expect(await steps(captured)).toStrictEqual([]);
  });

  test('a bucket that belongs to someone else now, to which nothing is written', async () => {
    const { archive, mallory, captured, drift, steps } = await protectedBucket();
    await archive.send(new DeleteBucketCommand({ Bucket: name }));
    await mallory.send(new CreateBucketCommand({ Bucket: name }));

    expect((await drift(captured)).map(({ path }) => path)).toStrictEqual(['Owner']);
    expect(await steps(captured)).toStrictEqual([]);
  });

  test('a bucket whose policy denies everyone, which only its root user can delete', async () => {
    const { archive, captured, drift, steps } = await protectedBucket();
    const everything = [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`];
    const denial = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: everything };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [denial] });
    await archive.send(new PutBucketPolicyCommand({ Bucket: name, Policy }));

    expect(await drift(captured)).toMatchObject([
      { path: 'Owner', impact: { description: expect.stringContaining(`root user of ${owner}`) } },
    ]);
    expect(await steps(captured)).toStrictEqual([]);
  });

  test('a bucket that is gone and whose owner is not known', async () => {
    const { archive, captured, drift, steps } = await protectedBucket();
    await archive.send(new DeleteBucketCommand({ Bucket: name }));
    const desired = { ...captured, Owner: null };

    expect((await drift(desired)).map(({ path }) => path)).toStrictEqual(['Region']);
    expect(await steps(desired)).toStrictEqual([]);
  });
});

describe('a bucket that is gone', () => {
  const gone = async () => {
    const account = await protectedBucket();
    await account.archive.send(new DeleteBucketCommand({ Bucket: name }));
    const [creation, ...others] = await account.steps(account.captured);
    if (creation === undefined) throw new Error('there is no step');
    expect(others).toStrictEqual([]);
    return { ...account, creation };
  };
  type Calls = { readonly calls: readonly { readonly operation: string }[] };
  const creations = ({ calls }: Calls) =>
    calls.filter(({ operation }) => operation === 'CreateBucket');

  test('is created with credentials of the account that owned it, and no others', async () => {
    const { auditor, creation, ...account } = await gone();
    const start = creations(account).length;

    await expect(bucket.apply(auditor, creation)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `the caller is not known to be of account ${owner}`,
    });

    expect(creations(account)).toHaveLength(start);
  });

  test('is created once, if another run created it meanwhile', async () => {
    const { archive, aws, creation } = await gone();
    await archive.send(new CreateBucketCommand({ Bucket: name }));

    await expect(bucket.apply(aws, creation)).resolves.toBeUndefined();
  });

  test('is not created if someone else took its name meanwhile', async () => {
    const { aws, creation, mallory } = await gone();
    await mallory.send(new CreateBucketCommand({ Bucket: name }));

    await expect(bucket.apply(aws, creation)).rejects.toMatchObject({
      name: 'BucketAlreadyExists',
    });
  });

  test('is created in its Region', async () => {
    const { aws, captured, creation, world } = await gone();
    const elsewhere = { ...creation, input: { ...creation.input, Region: 'eu-central-1' } };

    await bucket.apply(aws, elsewhere);

    expect(captured.Region).toBe('us-east-1');
    expect(world.buckets.get(name)).toMatchObject({ owner, region: 'eu-central-1' });
  });

  test('is created in the namespace of its account, if its name is of that', async () => {
    const { aws, creation, world } = await gone();
    const Bucket = `org-logs-${owner}-us-east-1-an`;

    await bucket.apply(aws, { ...creation, input: { ...creation.input, Bucket, put: [] } });

    expect(world.buckets.get(Bucket)).toMatchObject({ owner });
  });
});

test('a repair is refused if the bucket changed hands since it was observed', async () => {
  const { aws, archive, mallory, captured, steps } = await protectedBucket();
  for (const { call } of bucketAttacks) await call({ s3: archive }, name).catch(() => {});
  const planned = await steps(captured);
  await archive.send(new DeleteBucketCommand({ Bucket: name }));
  await mallory.send(new CreateBucketCommand({ Bucket: name }));

  for (const step of planned) {
    await expect(bucket.apply(aws, step)).rejects.toMatchObject({ name: 'AccessDenied' });
  }
  expect(planned.length).toBeGreaterThan(5);
});

test('lifecycle rules are compared without their ID, and with an older form of their prefix', async () => {
  const { captured, drift, observe } = await protectedBucket();
  const [rule] = captured.Lifecycle?.Rules ?? [];
  const { ID: _, Filter: __, ...others } = rule ?? {};
  const desired = {
    ...captured,
    Lifecycle: { ...captured.Lifecycle, Rules: [{ ...others, Prefix: '' }] },
  } as Bucket;

  expect(await observe(desired)).toStrictEqual(desired);
  expect(await drift(desired)).toStrictEqual([]);
});

const denyAll = {
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: `arn:aws:s3:::${name}/*`,
};

const messageOf = (error: Error): string => error.message;
