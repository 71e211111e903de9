import type { Trail } from '#trail/trail-arn.ts';
import { listIn, type SeenParts } from './policy-parts.ts';
import { isAny } from './policy-pattern.ts';
import { type Request, readStatement, sentKeys } from './statement-evaluation.ts';
import { principalOf } from './statement-meaning.ts';

/**
 * What CloudTrail calls KMS for. A statement of a key policy is about that key, however it names it. Source: CloudTrail user guide,
 * "Configure AWS KMS key policies for CloudTrail".
 */
export const keyRequests = (trail: Trail): readonly Request[] => {
  const resource = `arn:${trail.partition}:kms:*:*:key/*`;
  const keys = sentKeys(trail);
  return [
    {
      action: 'kms:GenerateDataKey',
      resource,
      keys: { ...keys, 'kms:encryptioncontext:aws:cloudtrail:arn': trail.arn },
    },
    { action: 'kms:DescribeKey', resource, keys },
  ];
};

/**
 * Whether none of those who could change the key policy can do it now. Then trailkeeper's IAM policy does not count either, and only
 * AWS Support can help. Source: AWS KMS developer guide, "Default key policy".
 */
export function isLockedOut(desired: Partial<SeenParts>, actual: Partial<SeenParts>): boolean {
  if (listIn(actual, 'OtherStatements') === null) return false;
  const before = administrators(desired);
  const now = administrators(actual);
  return before.length > 0 && !now.includes('*') && !before.some((one) => now.includes(one));
}

/** The principals that a policy lets change it, an account by its id. */
const administrators = (policy: Partial<SeenParts>): readonly string[] =>
  (listIn(policy, 'OtherStatements') ?? []).flatMap((raw) => {
    const statement = readStatement(raw);
    if (statement?.Effect !== 'Allow') return [];
    const actions = statement.Action.map((action) => action.toLowerCase());
    return isAny(actions, 'kms:putkeypolicy') ? (principalOf(statement.Principal).AWS ?? []) : [];
  });
