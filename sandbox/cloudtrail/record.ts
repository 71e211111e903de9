import { randomUUID } from 'node:crypto';
import { partition, sourceIp } from '../home.ts';
import { bucketParameters } from '../s3/recorded-parameters.ts';
import { eventNames } from '../s3/subresources.ts';
import type { AwsError, Call } from '../service.ts';
import type { World } from '../world.ts';
import { userIdentity } from './identity.ts';
import { resourcesOf } from './record-resources.ts';
import type { CloudTrailRecord } from './record-type.ts';

/** Whether a call is a write. Source for Sign: AWS KMS developer guide, "Examples of AWS KMS log entries". */
export const isWrite = ({ operation }: Call): boolean =>
  !/^(Get|List|Describe|Lookup|Head)|^Sign$/.test(operation);

/**
 * Whether a call is recorded: calls that affect a trail, its destinations or trailkeeper's resources. Source:
 * CloudTrail User Guide, "Working with CloudTrail event history": all management events, and no data events.
 */
export const isRecorded = (call: Call): boolean =>
  call.service in recorded && !dataEvents.has(`${call.service} ${call.operation}`);

export function recordOf(
  call: Call,
  answer: { output: unknown } | { error: AwsError },
  world: World,
): CloudTrailRecord {
  const { principal, operation, input, at } = call;
  const {
    region = call.region,
    parameters = lowerCamel,
    version,
    names,
  } = recorded[call.service] ?? {};
  const eventSource = `${call.service}.amazonaws.com`;
  const output = 'output' in answer ? answer.output : null;
  const failure =
    'error' in answer ? { errorCode: answer.error.code, errorMessage: answer.error.message } : {};
  return {
    eventVersion: '1.11',
    userIdentity: userIdentity(principal, at),
    eventTime: at.toISOString().replace(/\.\d+Z$/, 'Z'),
    eventSource,
    eventName: `${names?.[operation] ?? operation}${version?.[operation] ?? ''}`,
    awsRegion: region,
    sourceIPAddress: sourceIp,
    userAgent: call.userAgent,
    ...failure,
    requestParameters: parameters(input, operation),
    responseElements: isWrite(call) ? responseElements(output) : null,
    requestID: call.requestId,
    eventID: randomUUID(),
    readOnly: !isWrite(call),
    ...resourcesOf(call, output, world),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: principal.accountId,
    eventCategory: 'Management',
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: `${call.service}.${region}.amazonaws.com`,
    },
  };
}

/** The event with which EventBridge delivers a record. */
export const envelopeOf = (record: CloudTrailRecord): object => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'AWS API Call via CloudTrail',
  source: `aws.${String(record.eventSource).split('.')[0]}`,
  account: record.recipientAccountId,
  time: record.eventTime,
  region: record.awsRegion,
  resources: [],
  detail: record,
});

type Recorded = {
  /** The Region of the records, whatever Region was called. */
  readonly region?: string;
  readonly parameters?: (input: Call['input'], operation: string) => unknown;
  /** The suffix that records append to operation names. */
  readonly version?: Readonly<Record<string, string>>;
  /** The names of events that differ from those of their operations. */
  readonly names?: Readonly<Record<string, string>>;
};

/** The services whose calls are recorded, by their signing name, which is also the name in the event source. */
const recorded: Readonly<Record<string, Recorded>> = {
  cloudtrail: {},
  dynamodb: {},
  // AWS Organizations User Guide, "Logging AWS Organizations API calls": us-east-1 only, and one Region in each other
  // partition.
  organizations: { region: partition.recordedIn.organizations },
  s3: { parameters: bucketParameters, names: eventNames },
  kms: {},
  sns: {},
  logs: {},
  monitoring: {},
  events: {},
  // IAM user guide, "Logging IAM and AWS STS API calls": us-east-1 only.
  iam: { region: partition.recordedIn.iam },
  // The event names that public detection rules use.
  lambda: {
    parameters: ({ ZipFile: _, Environment: __, ...input }) => lowerCamel(input),
    version: {
      AddPermission: '20150331v2',
      DeleteEventSourceMapping: '20150331',
      DeleteFunction: '20150331',
      DeleteFunctionConcurrency: '20171031',
      GetFunctionConfiguration: '20150331v2',
      GetPolicy: '20150331v2',
      PutFunctionConcurrency: '20171031',
      RemovePermission: '20150331v2',
      UpdateEventSourceMapping: '20150331',
      UpdateFunctionCode: '20150331v2',
      UpdateFunctionConfiguration: '20150331v2',
    },
  },
  scheduler: {},
  // Source: AWS Secrets Manager user guide, "Log AWS Secrets Manager events with AWS CloudTrail": no value is recorded.
  secretsmanager: { parameters: ({ SecretString: _, ...input }) => lowerCamel(input) },
  sqs: {},
  // Source: Step Functions developer guide, "Recording Step Functions API calls with AWS CloudTrail": the definition is hidden.
  states: {
    parameters: ({ definition, ...input }) => ({
      ...input,
      ...(definition !== undefined && { definition: 'HIDDEN_DUE_TO_SECURITY_REASONS' }),
    }),
  },
};

/** Data events, which CloudTrail records only if a trail selects them. */
const dataEvents: ReadonlySet<string> = new Set([
  ...['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'].map(
    (operation) => `dynamodb ${operation}`,
  ),
  'events PutEvents',
  'lambda Invoke',
  'monitoring GetMetricStatistics',
  // It is not documented whether HeadBucket is a management event.
  's3 HeadBucket',
  's3 DeleteObject',
  's3 GetObject',
  's3 HeadObject',
  's3 ListObjectsV2',
  's3 PutObject',
  'sns Publish',
  'sqs DeleteMessage',
  'sqs ReceiveMessage',
  'sqs SendMessage',
]);

/** Records of reads, and of calls with an empty response, contain null. */
const responseElements = (output: unknown): unknown =>
  Object.keys(output ?? {}).length === 0 ? null : lowerCamel(output);

/** `S3BucketName` as `s3BucketName`, `TrailARN` as `trailARN`, at every depth. */
function lowerCamel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerCamel);
  if (value instanceof Date) return dateTime.format(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [`${key.charAt(0).toLowerCase()}${key.slice(1)}`, lowerCamel(item)]),
  );
}

/** Source: published records of ScheduleKeyDeletion. */
const dateTime = new Intl.DateTimeFormat('en-US', {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: 'UTC',
});
