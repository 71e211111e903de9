import { messageOf, nameOf } from '#aws/errors.ts';

/** The message of an error, with the remedy for errors of AWS, the SDK and the network. */
export function explain(error: unknown): string {
  const message = messageOf(error) || nameOf(error);
  const known = remedies.find(([pattern]) => pattern.test(`${nameOf(error)}: ${message}`));
  const remedy = known?.[1];
  if (remedy === undefined) return message;
  const { AWS_PROFILE } = process.env;
  const isOfProfile = AWS_PROFILE !== undefined && /Region|profile/.test(remedy);
  const first = isOfProfile ? `check that the profile ${AWS_PROFILE} exists, or ` : '';
  return `${message.replace(/\.$/, '')}: ${first}${remedy}`;
}

/** By name or message. Our own errors need none: their messages contain the remedy. */
const remedies: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [
    /Region is missing/,
    'run npx --no -- trailkeeper init if cdk.json has no configuration yet, or name the main Region of trailkeeper with --region or AWS_REGION',
  ],
  [
    /^CredentialsProviderError|^TokenProviderError/,
    'sign in (aws sso login), or name a profile with --profile',
  ],
  [/^Expired/, 'sign in again'],
  [
    /^(UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|InvalidAccessKeyId)/,
    'AWS rejects these credentials: sign in again, or name a profile with --profile',
  ],
  [
    /kms:Sign|kms:GetPublicKey/,
    'you may not sign with this key: add yourself with npx --no -- trailkeeper init --approvers, or name your own key with --signing-key',
  ],
  [
    /explicit deny in a resource-based policy/,
    'you are not an approver: add yourself with npx --no -- trailkeeper init --approvers, and deploy',
  ],
  [
    /^(AccessDenied|Authorization|NotAuthorized|UnauthorizedOperation)/,
    'your credentials lack this permission: docs/cli.md lists the permissions of each command',
  ],
  [
    /^ResourceNotFoundException: Requested resource not found/,
    'the state table does not exist: check --table and --region',
  ],
  [/Invalid URL/, 'AWS_ENDPOINT_URL must be a URL, for example http://127.0.0.1:4599, or be unset'],
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|^TimeoutError/,
    'AWS cannot be reached: check the network, and AWS_ENDPOINT_URL if it is set',
  ],
  [
    /^Throttling|^TooManyRequests|^ProvisionedThroughput/,
    'AWS is throttling requests: try again in a minute',
  ],
];
