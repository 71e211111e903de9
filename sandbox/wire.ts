import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { queryInput } from './query-input.ts';
import { restOperation } from './rest-operation.ts';
import { s3Operation } from './s3/request.ts';
import type { AwsError } from './service.ts';

/** A parsed, signed request to an AWS service. The signature itself is not verified. */
export type AwsRequest = {
  /** Used in the response and in the call's record. */
  readonly requestId: string;
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly userAgent: string;
  readonly body: Buffer;
  /** The number of chained function invocations that led to the call. */
  readonly lineage: number;
  readonly protocol: Protocol;
};

/** How a service's responses and errors are serialized. Sources: the Smithy protocol specifications. */
type Protocol = {
  readonly contentType: string;
  encode(operation: string, output: unknown): string | Buffer;
  headers?(output: unknown): Record<string, string>;
  encodeError(error: AwsError): string;
};

/** Reads the caller and the operation; null if no AWS client signed the request. */
export function readAwsRequest(request: IncomingMessage, body: Buffer): AwsRequest | null {
  const scope = credentialScope.exec(request.headers.authorization ?? '')?.groups;
  if (scope === undefined) return null;
  const { accessKeyId = '', region = '', service = '' } = scope;
  const userAgent = String(request.headers['x-amz-user-agent'] ?? request.headers['user-agent']);
  const requestId = randomUUID();
  const trace = String(request.headers['x-amzn-trace-id']);
  const lineage = Number(/Lineage=(\d+):/.exec(trace)?.[1] ?? 0);
  const common = { requestId, accessKeyId, region, service, userAgent, body, lineage };
  const target = request.headers['x-amz-target'];
  if (target !== undefined) {
    const operation = String(target).split('.').at(-1) ?? '';
    return { ...common, operation, input: JSON.parse(body.toString() || '{}'), protocol: json };
  }
  if (service === 's3') return { ...common, ...s3Operation(request, body), protocol: restXml };
  if (restJson.has(service)) {
    const read = restOperation(service, request, body);
    return { ...common, ...read, protocol: read.operation === 'Invoke' ? lambdaInvoke : json };
  }
  return { ...common, ...queryInput(body), protocol: query };
}

export function respond(
  response: ServerResponse,
  { protocol, operation, requestId }: AwsRequest,
  output: unknown,
): void {
  for (const [name, value] of Object.entries(protocol.headers?.(output) ?? {})) {
    response.setHeader(name, value);
  }
  send(response, 200, { protocol, requestId }, protocol.encode(operation, output));
}

export function respondError(
  response: ServerResponse,
  { protocol, requestId }: AwsRequest,
  error: AwsError,
): void {
  // S3 returns the error name only in the body, and HEAD has no body.
  if (protocol !== restXml) response.setHeader('x-amzn-errortype', error.code);
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  send(response, error.status, { protocol, requestId }, protocol.encodeError(error));
}

function send(
  response: ServerResponse,
  status: number,
  { protocol, requestId }: Pick<AwsRequest, 'protocol' | 'requestId'>,
  body: string | Buffer,
): void {
  response
    .writeHead(status, { 'content-type': protocol.contentType, 'x-amzn-requestid': requestId })
    .end(body);
}

const restJson: ReadonlySet<string> = new Set(['lambda', 'scheduler', 'securityhub', 'ses']);

const credentialScope =
  /Credential=(?<accessKeyId>[^/,\s]+)\/\d{8}\/(?<region>[^/]+)\/(?<service>[^/]+)\/aws4_request/;

/** JSON 1.0, JSON 1.1 and REST-JSON. Timestamps are seconds since the epoch. */
const json: Protocol = {
  contentType: 'application/x-amz-json-1.1',
  encode: (_operation, output) => JSON.stringify(withEpochSeconds(output) ?? {}),
  encodeError: ({ code, message }) => JSON.stringify({ __type: code, message }),
};

/** REST-JSON of Lambda's Invoke: the body is the function's result, and a header marks an error. */
const lambdaInvoke: Protocol = {
  ...json,
  encode: (_operation, output) => (output === undefined ? '' : JSON.stringify(payloadOf(output))),
  headers: (output) => (isFunctionError(output) ? { 'x-amz-function-error': 'Unhandled' } : {}),
};

const isFunctionError = (output: unknown): output is { error: unknown } =>
  typeof output === 'object' && output !== null && 'error' in output;

const payloadOf = (output: unknown): unknown =>
  isFunctionError(output) ? output.error : (output as { result: unknown }).result;

const query: Protocol = {
  contentType: 'text/xml',
  encode: (operation, output) =>
    xml({ [`${operation}Response`]: { [`${operation}Result`]: output } }),
  encodeError: ({ code, message }) =>
    xml({ ErrorResponse: { Error: { Type: 'Sender', Code: code, Message: message } } }),
};

const restXml: Protocol = {
  contentType: 'application/xml',
  encode(operation, output) {
    if (output === undefined || operation === 'HeadBucket') return '';
    if (isObject(output)) return output.Body;
    // The body is the policy itself.
    return operation === 'GetBucketPolicy' ? (output as { Policy: string }).Policy : xml(output);
  },
  headers(output) {
    if (isBucket(output)) return { 'x-amz-bucket-region': output.BucketRegion };
    if (!isObject(output)) return {};
    const metadata = Object.entries(output.Metadata);
    return {
      ...(output.ETag !== undefined && { etag: output.ETag }),
      ...Object.fromEntries(metadata.map(([name, value]) => [`x-amz-meta-${name}`, value])),
    };
  },
  encodeError: ({ code, message }) => xml({ Error: { Code: code, Message: message } }),
};

/** The answer of GetObject: its body is the object, and its metadata are headers. */
type StoredObject = {
  readonly Body: Buffer;
  readonly Metadata: Readonly<Record<string, string>>;
  readonly ETag?: string;
};
const isObject = (output: unknown): output is StoredObject =>
  typeof output === 'object' && output !== null && 'Body' in output;

const isBucket = (output: unknown): output is { BucketRegion: string } =>
  typeof output === 'object' && output !== null && 'BucketRegion' in output;

function withEpochSeconds(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(withEpochSeconds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withEpochSeconds(item)]),
  );
}

/** A tag can have attributes. */
function xml(value: unknown): string {
  if (typeof value !== 'object' || value === null) return escapeXml(String(value));
  return Object.entries(value)
    .flatMap(([tag, content]) =>
      [content].flat().map((item) => `<${tag}>${xml(item)}</${tag.split(' ')[0]}>`),
    )
    .join('');
}

const escapeXml = (text: string): string =>
  text.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
