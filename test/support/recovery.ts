import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Recovery, recoveryId } from '#recovery/recovery.ts';
import type { CloudTrailRecord } from '#sandbox/cloudtrail/record-type.ts';

export const organization = 'o-a1b2c3d4e5';
export const trail = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail';
export const recoveryPrefix = 'recovered';

/** A recovery of the organization trail of the sandbox. */
export function recoveryOf(given: Partial<Recovery> & Pick<Recovery, 'intervals'>): Recovery {
  const named = {
    trail,
    regions: ['us-east-1', 'eu-central-1', 'ap-southeast-2'],
    bucket: 'org-trail-logs',
    prefix: recoveryPrefix,
    ...given,
  };
  return {
    id: recoveryId(named),
    incidents: [],
    log: { bucket: 'org-trail-logs', prefix: null, organization },
    unrecoverable: [],
    excludedByTrail: [],
    ...named,
  };
}

/** A record of a management event, as event history and log files have it. */
export const eventAt = (
  time: number,
  {
    account,
    region,
    id,
  }: { readonly account: string; readonly region: string; readonly id: string },
): CloudTrailRecord => ({
  eventVersion: '1.11',
  eventID: id,
  eventName: 'DescribeInstances',
  eventSource: 'ec2.amazonaws.com',
  eventTime: new Date(time).toISOString().replace(/\.\d+Z$/, 'Z'),
  awsRegion: region,
  recipientAccountId: account,
  readOnly: true,
  eventType: 'AwsApiCall',
  managementEvent: true,
  eventCategory: 'Management',
  userIdentity: { type: 'IAMUser', accountId: account, userName: 'someone "quoted" \u2028' },
  requestParameters: { instancesSet: {}, note: 'ü'.repeat(20) },
});

/** A log file that the trail delivered, with its key. */
export function deliveredFile(
  records: readonly CloudTrailRecord[],
  {
    account,
    region,
    at,
  }: { readonly account: string; readonly region: string; readonly at: number },
): readonly [string, Buffer] {
  const minute = new Date(at).toISOString().slice(0, 16);
  const day = minute.slice(0, 10).replaceAll('-', '/');
  const unique = createHash('md5').update(JSON.stringify(records)).digest('hex').slice(0, 16);
  const name = `${account}_CloudTrail_${region}_${minute.replaceAll(/[-:]/g, '')}Z_${unique}.json.gz`;
  const folder = `AWSLogs/${organization}/${account}/CloudTrail/${region}/${day}`;
  return [`${folder}/${name}`, gzipSync(JSON.stringify({ Records: records }))];
}

/** A log file that was read: its key, its content and its records. */
export type ReadFile = {
  readonly key: string;
  readonly sha256: string;
  readonly records: readonly CloudTrailRecord[];
};

export function readLogFile(key: string, body: Uint8Array): ReadFile {
  const content = gunzipSync(body).toString();
  return {
    key,
    sha256: createHash('sha256').update(content).digest('hex'),
    records: (JSON.parse(content) as { readonly Records: CloudTrailRecord[] }).Records,
  };
}
