import {
  DeleteBucketReplicationCommand,
  PutBucketReplicationCommand,
  type ReplicationRule,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { auditBucket } from '#sandbox/audit-dependencies.ts';
import {
  addedReplication,
  replicateLog,
  replicationAttacks,
  replicationRole,
} from '#sandbox/replication-attacks.ts';
import { name, owner, protectedBucket } from '../support/log-bucket-account.ts';

const toCopy = { Bucket: `arn:aws:s3:::${name}-copy` };

describe('the replication of a bucket is restored, after Mallory', () => {
  test.each(replicationAttacks)('$title', async ({ call, fields }) => {
    const { archive, capture, drift, restore } = await protectedBucket();
    await replicateLog(archive, name, owner);
    const captured = await capture();
    const before = await auditBucket(archive, name);
    await call({ s3: archive }, name);

    const found = await drift(captured);
    await restore(captured);

    expect(new Set(found.map(({ path }) => path.split('.')[0]))).toStrictEqual(new Set(fields));
    expect(await auditBucket(archive, name)).toStrictEqual(before);
    expect(await drift(captured)).toStrictEqual([]);
  });

  test('replicates the log to her own bucket', async () => {
    const { archive, captured, drift, restore } = await protectedBucket();
    await addedReplication(owner).call({ s3: archive }, name);

    const found = await drift(captured);
    await restore(captured);

    expect(found.map(({ path }) => path)).toStrictEqual(['Replication.Role', 'Replication.Rules']);
    expect(found[1]?.impact.description).toContain('check who owns the destination');
    expect(await drift(captured)).toStrictEqual([]);
    expect(await auditBucket(archive, name)).toMatchObject({
      replication: 'ReplicationConfigurationNotFoundError',
    });
  });

  test.each<[string, ReplicationRule]>([
    ['of the first version', { Status: 'Enabled', Prefix: '', Destination: toCopy }],
    [
      'for every object',
      {
        ...{ Status: 'Enabled', Priority: 0, Filter: { Prefix: '' }, Destination: toCopy },
        DeleteMarkerReplication: { Status: 'Enabled' },
      },
    ],
    [
      'with an empty filter',
      {
        ...{ Status: 'Enabled', Priority: 0, Filter: {}, Destination: toCopy },
        DeleteMarkerReplication: { Status: 'Disabled' },
      },
    ],
    [
      'with every setting',
      {
        ...{ ID: 'the copy', Status: 'Enabled', Priority: 2_147_483_647 },
        Filter: { And: { Prefix: 'AWSLogs/', Tags: [{ Key: 'team', Value: 'a < b & "c"' }] } },
        SourceSelectionCriteria: {
          SseKmsEncryptedObjects: { Status: 'Enabled' },
          ReplicaModifications: { Status: 'Enabled' },
        },
        Destination: {
          ...toCopy,
          Account: '111122223333',
          StorageClass: 'GLACIER_IR',
          AccessControlTranslation: { Owner: 'Destination' },
          EncryptionConfiguration: {
            ReplicaKmsKeyID: 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d',
          },
          ReplicationTime: { Status: 'Enabled', Time: { Minutes: 15 } },
          Metrics: { Status: 'Enabled', EventThreshold: { Minutes: 15 } },
        },
        DeleteMarkerReplication: { Status: 'Disabled' },
      },
    ],
  ])('stops the replication with a rule %s', async (_what, rule) => {
    const { archive, capture, drift, restore } = await protectedBucket();
    await replicateLog(archive, name, owner);
    const Role = replicationRole(owner);
    const second = { ...rule, ID: 'another', ...(rule.Filter && { Priority: 7 }) };
    const ReplicationConfiguration = { Role, Rules: [rule, second] };
    await archive.send(new PutBucketReplicationCommand({ Bucket: name, ReplicationConfiguration }));
    const captured = await capture();
    const before = await auditBucket(archive, name);
    await archive.send(new DeleteBucketReplicationCommand({ Bucket: name }));

    await restore(captured);

    expect(before).toMatchObject({ replication: { ReplicationConfiguration } });
    expect(await auditBucket(archive, name)).toStrictEqual(before);
    expect(await drift(captured)).toStrictEqual([]);
  });
});
