import { isDeepStrictEqual } from 'node:util';
import {
  CreateTrailCommand,
  DeleteTrailCommand,
  GetTrailCommand,
  StartLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeletePublicAccessBlockCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from 'vitest';
import { bucket } from '#drift/dependencies/bucket.ts';
import { auditBucket } from '#sandbox/audit-dependencies.ts';
import { bucketAttacks, bucketDeletion } from '#sandbox/bucket-attacks.ts';
import { editPolicy, lockObjects, protectBucket, statementsOf } from '#sandbox/log-bucket.ts';
import { bucketPolicyForCloudTrail } from '#sandbox/policy.ts';
import {
  addedReplication,
  replicateLog,
  replicationAttacks,
  replicationRole,
} from '#sandbox/replication-attacks.ts';
import { testAccount } from '../support/account.ts';
import { captureWith } from '../support/capture.ts';
import { takeAway } from '../support/role-permissions.ts';

// Threats B1 to B10: the log bucket of a trail, in the account of trailkeeper, is restored where the configuration and the baseline ask for it.

const Bucket = 'our-logs';
const Name = 'our-trail';

const account = testAccount({
  deployment: {
    dependencies: [
      {
        arn: `arn:aws:s3:::${Bucket}`,
        ...{ account: '111122223333', restore: true },
        replicationRole: replicationRole('111122223333'),
      },
    ],
  },
});
let trail: string;
let owner: S3Client;
let mallory: S3Client;

beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, lambdaRetryMs: 10 });
  owner = account.clientsOf('111122223333').s3;
  mallory = account.clientsOf('mallory').s3;
  await owner.send(new CreateBucketCommand({ Bucket }));
  await owner.send(
    new PutBucketPolicyCommand({ Bucket, Policy: bucketPolicyForCloudTrail(Bucket, reader) }),
  );
  await protectBucket(owner, Bucket);
  const created = await account.outsider.send(
    new CreateTrailCommand({ Name, S3BucketName: Bucket }),
  );
  trail = created.TrailARN ?? '';
  await account.outsider.send(new StartLoggingCommand({ Name: trail }));
  await capture({ bucket: 'restore' });
});

const withoutAction = (action: string): Promise<void> =>
  takeAway(account.clientsOf().iam, 'Trailkeeper-Reconcile', action);

/** A statement of the owner, which is not CloudTrail's. */
const reader = {
  Effect: 'Allow',
  Principal: { AWS: '111122223333' },
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${Bucket}/*`,
};

const capture = (policy: object): Promise<void> => captureWith(account, policy, { trail });

const ways = {
  'by its event': async () => {
    account.deliver({ paused: false });
    await account.settled();
  },
  'by the sweep, without its event': async () => void (await account.swept()),
};

describe.each(Object.entries(ways))('is restored %s, if Mallory', (way, happens) => {
  test.each([...bucketAttacks, bucketDeletion])('$title', async ({ call }) => {
    const before = await stateOfBucket();
    account.deliver({ drop: way !== 'by its event' });
    await call({ s3: mallory }, Bucket);

    await happens();

    expect(await stateOfBucket()).toEqual(before);
    expect(denied()).toEqual([]);
  });

  test.each(replicationAttacks)('$title', async ({ call }) => {
    await replicateLog(owner, Bucket, '111122223333');
    await capture({ bucket: 'restore' });
    const before = await stateOfBucket();
    account.deliver({ drop: way !== 'by its event' });
    await call({ s3: mallory }, Bucket);

    await happens();

    expect(await stateOfBucket()).toEqual(before);
    expect(denied()).toEqual([]);
  });

  test('replicates the log to her own bucket', async () => {
    const before = await stateOfBucket();
    account.deliver({ drop: way !== 'by its event' });
    await addedReplication('111122223333').call({ s3: mallory }, Bucket);

    await happens();

    expect(await stateOfBucket()).toEqual(before);
    expect(denied()).toEqual([]);
  });

  test('shortens the default retention', async () => {
    await lockObjects(owner, Bucket, 365);
    await capture({ bucket: 'restore' });
    const before = await stateOfBucket();
    account.deliver({ drop: way !== 'by its event' });
    await lockObjects(mallory, Bucket, 1);

    await happens();

    expect(await stateOfBucket()).toEqual(before);
  });
});

describe.each(Object.entries(ways))('is only reported %s, if Mallory', (way, happens) => {
  const lists = { ...reader, Principal: { AWS: '444455556666' } };
  const own = { s3: () => account.clientsOf('444455556666').s3 };

  test.each<readonly [what: string, alert: string, attack: () => Promise<unknown>]>([
    [
      'lets her own account read the log',
      'someone may read, change or delete the log',
      () => editPolicy(mallory, Bucket, (all) => [...all, lists]),
    ],
    [
      'takes the name of the bucket after she deleted it',
      'cannot be verified to belong to 111122223333',
      async () => {
        await mallory.send(new DeleteBucketCommand({ Bucket }));
        await own.s3().send(new CreateBucketCommand({ Bucket }));
      },
    ],
  ])('%s', async (_what, alert, attack) => {
    account.deliver({ drop: way !== 'by its event', paused: true });
    const start = account.calls.length;
    await attack();

    await happens();

    expect(writesSince(start)).toEqual([]);
    const [incident, ...others] = await account.incidentsOf(trail);
    expect(others).toEqual([]);
    expect(incident?.state).toBe('drifted');
    expect(await account.alerts()).toContain(alert);
  });
});

describe.each(Object.entries(ways))('the policy is restored %s', (way, happens) => {
  const attacked = async (attack: () => Promise<unknown>) => {
    const before = await stateOfBucket();
    account.deliver({ drop: way !== 'by its event' });
    await attack();
    await happens();
    return before;
  };

  test('though Mallory denies everyone to list the bucket', async () => {
    const denial = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:ListBucket',
      Resource: `arn:aws:s3:::${Bucket}`,
    };

    const before = await attacked(() =>
      editPolicy(mallory, Bucket, (all) => [denial, ...all.slice(2)]),
    );

    expect(await stateOfBucket()).toEqual({ ...before, denials: [denial] });
  });

  test('without the statement for everyone that Mallory added before she blocked public policies again', async () => {
    const before = await attacked(async () => {
      await mallory.send(new DeletePublicAccessBlockCommand({ Bucket }));
      await editPolicy(mallory, Bucket, (all) => [
        ...all.slice(2),
        { ...reader, Principal: '*', Sid: 'Everyone' },
      ]);
      await mallory.send(
        new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: blocked }),
      );
    });

    expect(await stateOfBucket()).toEqual(before);
    const statements = await statementsOf(owner, Bucket);
    expect(statements).toContainEqual(reader);
    expect(statements.map(({ Sid }) => Sid)).not.toContain('Everyone');
  });
});

const blocked = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

test('a trail that cannot be created without the bucket policy is created in the same run', async () => {
  await account.swept();
  await account.outsider.send(new DeleteTrailCommand({ Name: trail }));
  await editPolicy(mallory, Bucket, (all) => all.slice(2));

  await account.sweep();

  const { Trail } = await account.outsider.send(new GetTrailCommand({ Name: trail }));
  expect(Trail?.S3BucketName).toBe(Bucket);
});

test('a trail that was deleted with its bucket is created in the same run as the bucket', async () => {
  await account.swept();
  const before = await stateOfBucket();
  await account.outsider.send(new DeleteTrailCommand({ Name: trail }));
  await bucketDeletion.call({ s3: mallory }, Bucket);

  await account.swept();

  const { Trail } = await account.outsider.send(new GetTrailCommand({ Name: trail }));
  expect(Trail?.S3BucketName).toBe(Bucket);
  expect(await stateOfBucket()).toEqual(before);
  expect(await statementsOf(owner, Bucket)).toContainEqual(reader);
});

test('a bucket whose name S3 has not freed yet is created by a later sweep, and each run tries it once', async () => {
  const before = await stateOfBucket();
  account.deliver({ drop: false });
  const [error, operation] = ['OperationAborted', 'CreateBucket'];
  await account.fault({ service: 's3', operation, error, times: 100 });
  const start = account.calls.length;

  await bucketDeletion.call({ s3: mallory }, Bucket);
  await account.settled();
  await account.sweep();
  await account.settled();

  const tried = account.calls.slice(start).filter((call) => call.operation === operation);
  expect(tried).toHaveLength(2);
  const [incident] = await account.incidentsOf(trail);
  expect(incident?.state).toBe('failed');
  expect(JSON.stringify(incident)).toContain('every sweep tries again');

  await account.clearFaults();
  await account.sweep();

  expect(await stateOfBucket()).toEqual(before);
});

test('a trail that was redirected is restored in the same run as the policy of its bucket', async () => {
  await account.swept();
  await account.outsider.send(
    new UpdateTrailCommand({ Name: trail, S3BucketName: 'attacker-bucket' }),
  );
  await editPolicy(mallory, Bucket, (all) => all.slice(2));

  await account.sweep();

  const { Trail } = await account.outsider.send(new GetTrailCommand({ Name: trail }));
  expect(Trail?.S3BucketName).toBe(Bucket);
});

test('is only reported unless the baseline asks to restore it', async () => {
  await capture({});
  const start = account.calls.length;
  for (const { call } of bucketAttacks) await call({ s3: mallory }, Bucket).catch(() => {});

  await account.swept();

  expect(writesSince(start)).toEqual([]);
});

describe('the role', () => {
  const reads = ['s3:ListBucket', ...readsOf(bucket.permissions.observe)];
  const writes = bucket.permissions.repair.flatMap(({ actions }) => actions);

  test.each(writes.filter((action) => !ofSpecialCase.includes(action)))(
    'cannot restore the bucket without %s',
    async (action) => {
      await withoutAction(action);
      const before = await stateOfBucket();
      for (const { title, call } of bucketAttacks) {
        if (title !== 'deletes the policy') await call({ s3: mallory }, Bucket);
      }

      await account.swept();

      expect(await stateOfBucket()).not.toEqual(before);
      expect(new Set(denied().map(({ operation }) => operation)).size).toBe(1);
    },
  );

  test(`creates the bucket again only with ${creating}`, async () => {
    await withoutAction(creating);
    await bucketDeletion.call({ s3: mallory }, Bucket);

    await account.swept();

    expect(denied().map(({ operation }) => operation)).toEqual(['CreateBucket']);
  });

  test(`restores the default retention only with ${locking}`, async () => {
    await lockObjects(owner, Bucket, 365);
    await capture({ bucket: 'restore' });
    const before = await stateOfBucket();

    await lockObjects(mallory, Bucket, 1);
    await account.swept();
    expect(await stateOfBucket()).toEqual(before);

    await withoutAction(locking);
    await lockObjects(mallory, Bucket, 1);
    await account.swept();
    expect(await stateOfBucket()).not.toEqual(before);
  });

  test.each([passing, replicating])('restores the replication only with %s', async (action) => {
    await replicateLog(owner, Bucket, '111122223333');
    await capture({ bucket: 'restore' });
    const before = await stateOfBucket();
    await withoutAction(action);
    for (const { call } of replicationAttacks) await call({ s3: mallory }, Bucket).catch(() => {});

    await account.swept();

    expect(await stateOfBucket()).not.toEqual(before);
    expect(denied().map(({ operation }) => operation)).toEqual(['PutBucketReplication']);
    const [incident] = await account.incidentsOf(trail);
    expect(incident?.state).toBe('degraded');
    expect(JSON.stringify(incident)).toContain('only a person can restore the replication');
  });

  test('reports no gap because it may not read the policy, and may not restore the replication', async () => {
    await replicateLog(owner, Bucket, '111122223333');
    await capture({ bucket: 'restore' });
    for (const action of [passing, 's3:GetBucketPolicy']) await withoutAction(action);
    await replicationAttacks[0]?.call({ s3: mallory }, Bucket);

    await account.swept();

    const [incident] = await account.incidentsOf(trail);
    expect(incident?.state).toBe('degraded');
    expect(incident?.gaps).toEqual([]);
  });

  test(`deletes a replication that was added without ${passing}`, async () => {
    const before = await stateOfBucket();
    await withoutAction(passing);
    await addedReplication('111122223333').call({ s3: mallory }, Bucket);

    await account.swept();

    expect(await stateOfBucket()).toEqual(before);
  });

  test.each(reads)('reports drift without %s', async (action) => {
    await withoutAction(action);

    const reports = await account.swept();

    expect(JSON.stringify(reports)).toContain(action);
  });
});

const locking = 's3:PutBucketObjectLockConfiguration';
const creating = 's3:CreateBucket';
const replicating = 's3:PutReplicationConfiguration';
const passing = 'iam:PassRole';
const ofSpecialCase = [locking, creating, replicating, passing];

/** The configuration, and what the policy allows CloudTrail, with nothing that may be denied. */
async function stateOfBucket(): Promise<object> {
  const statements = await statementsOf(owner, Bucket);
  const ofCloudTrail = bucketPolicyForCloudTrail(Bucket);
  const needed: readonly object[] = JSON.parse(ofCloudTrail).Statement;
  return {
    ...(await auditBucket(owner, Bucket)),
    isAllowed: needed.every((one) => statements.some((other) => isDeepStrictEqual(one, other))),
    denials: statements.filter(({ Effect }) => Effect === 'Deny'),
  };
}

function readsOf(permissions: typeof bucket.permissions.observe): readonly string[] {
  return permissions
    .flatMap(({ actions }) => actions)
    .filter((action) => action.startsWith('s3:Get'));
}

const byTrailkeeper = ({ principal }: { readonly principal: string }): boolean =>
  principal.includes(':assumed-role/Trailkeeper-');

const denied = () =>
  account.calls.filter(byTrailkeeper).filter(({ error }) => error === 'AccessDenied');

const writesSince = (start: number) =>
  account.calls
    .slice(start)
    .filter(byTrailkeeper)
    .filter(({ service, operation }) => service === 's3' && /^(Put|Delete)/.test(operation));
