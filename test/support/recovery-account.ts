import { gunzipSync } from 'node:zlib';
import {
  GetBucketPolicyCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type Manifest, manifest } from '#recovery/manifest.ts';
import type { Recovery, RecoveryInput } from '#recovery/recovery.ts';
import { slotMs, slotOf } from '#recovery/slots.ts';
import type { CloudTrailRecord } from '#sandbox/cloudtrail/record-type.ts';
import { recoveredEvents } from '#sandbox/seed.ts';
import type { Account } from './account.ts';
import { deliveredFile, eventAt, organization, recoveryOf } from './recovery.ts';

/** The management account and the members of the organization of the sandbox. */
export const accounts = ['111122223333', '222233334444', '333344445555'];

const logBucket = 'org-trail-logs';

/** A sandbox whose stack recovers events of a gap of two hours in three accounts and Regions. */
export function recoveryAccount(account: Account) {
  const start = slotOf(Date.now() - 6 * 3_600_000);
  const end = start + 24 * slotMs;
  const interval = { from: new Date(start).toISOString(), to: new Date(end).toISOString() };
  const recovery: Recovery = recoveryOf({
    intervals: [interval],
    bucket: recoveredEvents,
    log: { bucket: logBucket, prefix: 'cloudtrail', organization },
  });
  const { s3 } = account.clientsOf('111122223333');
  const { endpoint, region } = account;
  const sfn = new SFNClient(account.configOf('111122223333'));
  let executions = 0;
  let lost: readonly CloudTrailRecord[] = [];

  return {
    recovery,
    /** Writes events into event history: spread evenly over the gap, the accounts and the Regions. */
    async lose(count: number): Promise<void> {
      lost = Array.from({ length: count }, (_, i) => {
        const place = {
          account: accounts[i % 3] ?? '',
          region: recovery.regions[Math.trunc(i / 3) % 3] ?? '',
        };
        const at = start + Math.trunc(((end - start) * i) / count);
        return eventAt(at, { ...place, id: `lost-${i}` });
      });
      await account.admin('event-history', { records: lost });
    },
    /** Delivers the first of these events as the trail does. */
    async deliverFirst(): Promise<void> {
      const [first] = lost;
      if (first === undefined) throw new Error('no event was lost');
      const at = Date.parse(first.eventTime) + slotMs;
      const place = { account: String(first.recipientAccountId), region: first.awsRegion };
      const [key, Body] = deliveredFile([first], { ...place, at });
      const { s3: archive } = account.clientsOf('222233334444');
      const Key = `cloudtrail/${key}`;
      await archive.send(new PutObjectCommand({ Bucket: logBucket, Key, Body }));
    },
    /** Lets the functions of the main account read the log in the bucket of the log archive. */
    async letReadLog(): Promise<void> {
      const { s3: archive } = account.clientsOf('222233334444');
      const { Policy = '' } = await archive.send(new GetBucketPolicyCommand({ Bucket: logBucket }));
      const { Statement, ...policy } = JSON.parse(Policy);
      const reading = {
        Effect: 'Allow',
        Principal: { AWS: account.account },
        Action: ['s3:GetObject', 's3:ListBucket'],
        Resource: [`arn:aws:s3:::${logBucket}`, `arn:aws:s3:::${logBucket}/*`],
      };
      const Document = JSON.stringify({ ...policy, Statement: [...Statement, reading] });
      await archive.send(new PutBucketPolicyCommand({ Bucket: logBucket, Policy: Document }));
    },
    /** Starts an execution and returns its ARN. */
    async start(input: RecoveryInput = { recovery, accounts }): Promise<string> {
      executions += 1;
      const { executionArn = '' } = await sfn.send(
        new StartExecutionCommand({
          stateMachineArn: `arn:aws:states:${region}:${account.account}:stateMachine:Trailkeeper-Recovery`,
          name: `${input.recovery.id}-${executions}`,
          input: JSON.stringify(input),
        }),
      );
      return executionArn;
    },
    stop: (executionArn: string) => sfn.send(new StopExecutionCommand({ executionArn })),
    /** Waits for the end of an execution. */
    async ended(executionArn: string) {
      await account.settled();
      return sfn.send(new DescribeExecutionCommand({ executionArn }));
    },
    /** What is lost according to the sandbox itself. */
    async lost(): Promise<readonly CloudTrailRecord[]> {
      const answer = await fetch(`${endpoint}/_sandbox/event-history`);
      const records = (await answer.json()) as readonly CloudTrailRecord[];
      return records.filter(
        ({ eventTime }) => Date.parse(eventTime) >= start && Date.parse(eventTime) < end,
      );
    },
    /** The records in the log files that were written. */
    async recovered(): Promise<readonly CloudTrailRecord[]> {
      const found: CloudTrailRecord[] = [];
      for (const key of await keys()) {
        if (!key.includes('/AWSLogs/')) continue;
        found.push(...JSON.parse(gunzipSync(await bodyOf(key)).toString()).Records);
      }
      return found;
    },
    /** Every object that was written, by key, but for the manifest. */
    async objects(): Promise<ReadonlyMap<string, string>> {
      const bodies = (await keys()).map(
        async (key) => [key, Buffer.from(await bodyOf(key)).toString('base64')] as const,
      );
      return new Map(await Promise.all(bodies));
    },
    async manifest(): Promise<Manifest> {
      const key = (await keys()).find((one) => one.endsWith('/manifest.json')) ?? '';
      return manifest.parse(JSON.parse(Buffer.from(await bodyOf(key)).toString()));
    },
  };

  async function keys(): Promise<readonly string[]> {
    const found: string[] = [];
    const pages = paginateListObjectsV2({ client: s3 }, { Bucket: recoveredEvents });
    for await (const { Contents = [] } of pages) found.push(...Contents.map(({ Key = '' }) => Key));
    return found;
  }

  async function bodyOf(Key: string): Promise<Uint8Array> {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: recoveredEvents, Key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  }
}
