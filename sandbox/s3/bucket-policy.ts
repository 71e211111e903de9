import { namesDeletedPrincipal } from '../deleted-principals.ts';
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
  const named = [statement.Resource ?? statement.NotResource].flat().map(String);
  const isOurs = (arn: string) => arn === '*' || arn === bucket || arn.startsWith(`${bucket}/`);
  if (named.length === 0 || !named.every(isOurs)) throw malformed('Policy has invalid resource');
}

const malformed = (message: string): AwsError => new AwsError('MalformedPolicy', message);
