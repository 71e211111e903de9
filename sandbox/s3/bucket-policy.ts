import { namesDeletedPrincipal } from '../deleted-principals.ts';
import { isConditionBlock } from '../iam-policy/conditions.ts';
import { AwsError, type Call } from '../service.ts';
import { bucketArn } from './access.ts';
import { elementsOf } from './xml.ts';

/** The most bytes of a policy, not counting blanks between its elements: MIT-LCP/physionet-build#2094. */
const maxBytes = 20_480;

/**
 * The policy in a call of PutBucketPolicy. Throws `MalformedPolicy` if it is not a policy of this bucket. Sources: Amazon
 * S3 user guide, "Bucket policies"; messages as publicly reported. The error of a policy that is too large is an assumption.
 */
export function policyIn(call: Call): string {
  const { Policy } = call.input;
  const text = String(Policy);
  const statements = elementsOf(documentIn(text), 'Statement');
  if (statements.length === 0) throw malformed('Could not parse the policy: Statement is empty!');
  for (const one of statements) check(one, bucketArn(call));
  if (namesDeletedPrincipal(text)) throw malformed('Invalid principal in policy');
  return text;
}

function documentIn(text: string): Readonly<Record<string, unknown>> {
  const document = parsed(text);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw malformed('Policies must be valid JSON and the first byte must be "{"');
  }
  if (Buffer.byteLength(JSON.stringify(document)) > maxBytes) {
    throw malformed('Policy exceeds the maximum allowed document size.');
  }
  return { ...document };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function check(statement: Readonly<Record<string, unknown>>, bucket: string): void {
  for (const name of ['Effect', 'Principal', 'Action', 'Resource']) {
    if (statement[name] !== undefined || statement[`Not${name}`] !== undefined) continue;
    throw malformed(`Missing required field ${name}`);
  }
  if (!isConditionBlock(statement.Condition)) throw malformed('Invalid Condition type');
  const named = [statement.Resource ?? statement.NotResource].flat().map(String);
  const isOurs = (arn: string) => arn === '*' || arn === bucket || arn.startsWith(`${bucket}/`);
  if (named.length === 0 || !named.every(isOurs)) throw malformed('Policy has invalid resource');
}

/**
 * Throws if a policy is public and must not be: a statement allows everyone something, and no condition limits that to fixed values.
 * Source: Amazon S3 user guide, "Blocking public access to your Amazon S3 storage"; message: "Troubleshoot access denied errors".
 */
export function checkNotPublic(call: Call, policy: string): void {
  if (!elementsOf(documentIn(policy), 'Statement').some(isPublic)) return;
  const message = `User: ${call.principal.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "${bucketArn(call)}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`;
  throw new AwsError('AccessDenied', message, 403);
}

function isPublic({ Effect, Principal, NotPrincipal, Condition }: Statement): boolean {
  const named = [Principal, Reflect.get(Object(Principal), 'AWS')].flat();
  if (Effect !== 'Allow' || (NotPrincipal === undefined && !named.includes('*'))) return false;
  return !Object.values(Condition ?? {}).some((keys: object) =>
    Object.entries(keys).some(
      ([key, values]) => fixable.test(key) && ![values].flat().join().includes('*'),
    ),
  );
}

type Statement = Readonly<Record<string, unknown>>;

/** The condition keys whose fixed values keep a policy from being public. */
const fixable =
  /^(aws:(Source(Ip|Arn|Vpc|Vpce|Owner|Account)|PrincipalOrgId|UserId)|s3:(x-amz-server-side-encryption-aws-kms-key-id|DataAccessPoint(Arn|Account)))$/i;

const malformed = (message: string): AwsError => new AwsError('MalformedPolicy', message);
