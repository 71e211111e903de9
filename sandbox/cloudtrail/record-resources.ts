import { keyArn } from '../kms-keys.ts';
import { bucketArn } from '../s3/access.ts';
import type { Call } from '../service.ts';
import type { World } from '../world.ts';
import type { CloudTrailRecord } from './record-type.ts';

type RecordResource = { readonly accountId: string; readonly type: string; readonly ARN: string };

/**
 * The `resources` field, which the records of S3 and KMS have. Source: published records of PutBucketPolicy,
 * ScheduleKeyDeletion and PutKeyPolicy; AWS KMS developer guide, "Examples of AWS KMS log entries".
 */
export function resourcesOf(
  call: Call,
  output: unknown,
  world: World,
): { readonly resources?: readonly RecordResource[] } {
  const arn = keyOf(call, output, world);
  if (call.service === 's3') return { resources: [bucketOf(call, world)] };
  if (arn === null) return {};
  return { resources: [{ accountId: arn.split(':')[4] ?? '', type: 'AWS::KMS::Key', ARN: arn }] };
}

/** If the bucket no longer exists, the caller is its owner: only the owner can delete it. */
function bucketOf(call: Call, { buckets }: World): RecordResource {
  const owner = buckets.get(String(call.input.Bucket))?.owner;
  const accountId = owner ?? call.principal.accountId;
  return { accountId, type: 'AWS::S3::Bucket', ARN: bucketArn(call) };
}

function keyOf(call: Call, output: unknown, world: World): string | null {
  if (call.service !== 'kms') return null;
  if (call.input.KeyId !== undefined) return keyArn(call, world);
  if (call.input.TargetKeyId !== undefined) {
    return keyArn({ ...call, input: { KeyId: call.input.TargetKeyId } }, world);
  }
  return (output as { KeyMetadata?: { Arn?: string } } | null)?.KeyMetadata?.Arn ?? null;
}

/** A resource in the response of LookupEvents. */
export type EventResource = { readonly ResourceType: string; readonly ResourceName: string };

/**
 * The resources that event history derives from a record: a trail as the caller named it, a bucket by name, a key by
 * ARN. Source: published responses of lookup-events. What AWS derives for other calls is not documented.
 */
export function eventResources(record: CloudTrailRecord): readonly EventResource[] {
  const { name, trailName, resourceId, resourceIdList } = (record.requestParameters ??
    {}) as Record<string, unknown>;
  const typed =
    record.eventSource === 'cloudtrail.amazonaws.com'
      ? [name, trailName, resourceId, resourceIdList].flat().filter(isText)
      : [];
  const named = (record.resources ?? []) as readonly RecordResource[];
  return [
    ...typed.map((ResourceName) => ({ ResourceType: 'AWS::CloudTrail::Trail', ResourceName })),
    ...named.map(({ type, ARN }) => ({
      ResourceType: type,
      ResourceName: type === 'AWS::S3::Bucket' ? (ARN.split(':').at(-1) ?? '') : ARN,
    })),
  ];
}

const isText = (value: unknown): value is string => typeof value === 'string';
