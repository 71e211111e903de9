import { messageOf, nameOf } from '#aws/errors.ts';

/** An error for people: what is wrong, and what to do about it where the message does not say. */
export function explain(error: unknown): string {
  const message = messageOf(error) || nameOf(error);
  const known = remedies.find(([pattern]) => pattern.test(`${nameOf(error)}: ${message}`));
  const remedy = known?.[1];
  return remedy === undefined ? message : `${message.replace(/\.$/, '')}: ${remedy}`;
}

/** By what an error of AWS, of the SDK or of the network is called or says. Names of ours need none: their messages say it. */
const remedies: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [/Region is missing/, 'say where trailkeeper is deployed: --region, or AWS_REGION'],
  [
    /^CredentialsProviderError|^TokenProviderError/,
    'sign in (aws sso login), or say with which profile: --profile',
  ],
  [/^Expired/, 'sign in again'],
  [
    /^(UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|InvalidAccessKeyId)/,
    'AWS does not take these credentials: sign in again, or say with which profile: --profile',
  ],
  [
    /kms:Sign|kms:GetPublicKey/,
    'you may not sign with this key: who may is in signing.approvers of cdk.json, and --signing-key says which other key is yours',
  ],
  [
    /^(AccessDenied|Authorization|NotAuthorized|UnauthorizedOperation)/,
    'your credentials lack this right; docs/cli.md says what each command needs',
  ],
  [
    /^ResourceNotFoundException: Requested resource not found/,
    'there is no such state table: are --table and --region those of trailkeeper?',
  ],
  [/Invalid URL/, 'AWS_ENDPOINT_URL must be a URL, as http://127.0.0.1:4599, or not be set'],
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|^TimeoutError/,
    'AWS is not reached: look at the network, and at AWS_ENDPOINT_URL if it is set',
  ],
  [
    /^Throttling|^TooManyRequests|^ProvisionedThroughput/,
    'AWS asks to slow down: try again in a minute',
  ],
];
