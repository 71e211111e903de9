import { nameOf } from '#aws/errors.ts';
import type { Json } from '#text/diff.ts';
import { isRecord, type PolicyStatement, statementsIn } from './policy-document.ts';

/**
 * Writes a policy. A policy that AWS refuses is written without principals that were deleted: AWS reports their unique ids, which are
 * never used again, and accepts no policy with them. Otherwise, one deleted role in a statement of others would prevent every restore.
 * Sources: Amazon S3 user guide, "Principals for bucket policies": "you can safely remove principals with unique identifiers from all of your
 * policy statements"; ministryofjustice/analytical-platform#4932.
 */
export async function writePolicy(
  policy: string,
  write: (policy: string) => Promise<unknown>,
): Promise<void> {
  try {
    await write(policy);
  } catch (error) {
    const living = refusals.includes(nameOf(error)) ? withoutDeletedPrincipals(policy) : null;
    if (living === null) throw error;
    await write(living);
  }
}

/** The errors of S3, KMS, SNS and IAM for a policy with a principal that does not exist. */
const refusals: readonly string[] = [
  'MalformedPolicy',
  'MalformedPolicyDocument',
  'MalformedPolicyDocumentException',
  'InvalidParameter',
  'InvalidParameterException',
];

/** A policy without deleted principals, and without statements that name no others; null if it has none, or would be empty. */
export function withoutDeletedPrincipals(policy: string): string | null {
  const document = JSON.parse(policy) as PolicyStatement;
  const before = statementsIn(document);
  const Statement = before.flatMap(living);
  const isSame = before.every((one, i) => one === Statement[i]);
  return isSame || Statement.length === 0 ? null : JSON.stringify({ ...document, Statement });
}

/** `NotPrincipal` is left: without a name, it would apply to more principals. */
function living(statement: PolicyStatement): readonly PolicyStatement[] {
  const { Principal } = statement;
  if (!isRecord(Principal)) return [statement];
  const { AWS: named = [], ...others } = Principal;
  const all: readonly Json[] = Array.isArray(named) ? named : [named];
  const AWS = all.filter((name) => !uniqueId.test(String(name)));
  if (AWS.length === all.length) return [statement];
  if (AWS.length > 0) return [{ ...statement, Principal: { ...others, AWS } }];
  return Object.keys(others).length > 0 ? [{ ...statement, Principal: others }] : [];
}

/** Of a user or a role. Source: IAM user guide, "IAM identifiers", "Unique identifiers". */
const uniqueId = /^A(ID|RO)A[A-Z0-9]+$/;
