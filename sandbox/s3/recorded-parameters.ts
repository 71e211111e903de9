import { isPolicy } from '../policy.ts';
import type { Call } from '../service.ts';
import { subresources } from './subresources.ts';

const namespace = { xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/' };

/**
 * The parameters in the record of a call on a bucket: its name, an empty field named after the subresource, and what was
 * sent, parsed. Source: published records of PutBucketPolicy, PutBucketLifecycle and PutBucketPublicAccessBlock.
 */
export function bucketParameters(input: Call['input'], operation: string): object {
  const { Bucket, Policy, ACL, AccessControlPolicy: list } = input;
  const named = subresources.find((one) => [one.get, one.put, one.delete].includes(operation));
  const sent = named && input[named.root];
  return {
    bucketName: Bucket,
    ...(operation.endsWith('BucketPolicy') && { policy: '' }),
    ...(isPolicy(Policy) && { bucketPolicy: JSON.parse(Policy) }),
    ...(operation.endsWith('BucketAcl') && { acl: '' }),
    ...(ACL !== undefined && { 'x-amz-acl': ACL }),
    ...(list !== undefined && { AccessControlPolicy: { ...namespace, ...typed(list) } }),
    ...(named && { [named.query]: '' }),
    ...(named && sent !== undefined && { [named.root]: { ...namespace, ...typed(sent) } }),
  };
}

/** Records contain numbers and booleans where the body has text. */
function typed(value: unknown): object {
  return Object.fromEntries(
    Object.entries(value as object).map(([name, member]) => [name, recordedValue(member)]),
  );
}

function recordedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(recordedValue);
  if (typeof value === 'object' && value !== null) return typed(value);
  if (value === 'true' || value === 'false') return value === 'true';
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
}
