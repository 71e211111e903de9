import * as z from 'zod';
import type { Of } from '#text/schema-parts.ts';

/**
 * Who called what, when and from where, as a CloudTrail record says. Only for display: an attacker controls most of it. What the
 * record does not say is null.
 */
export const apiCall = z.strictObject({
  eventId: z.string().nullable(),
  /** The id that the caller received. */
  requestId: z.string().nullable(),
  eventName: z.string(),
  at: z.string().nullable(),
  region: z.string(),
  principal: z.strictObject({
    type: z.string(),
    /** The name by which people know the principal. */
    name: z.string(),
    arn: z.string().nullable(),
    accountId: z.string().nullable(),
    /** The role, permission set or user behind a session. */
    issuer: z.string().nullable(),
    issuerArn: z.string().nullable(),
    mfa: z.boolean().nullable(),
  }),
  /** Whether trailkeeper made this call. Set by the controller, which knows its own request ids. */
  selfTriggered: z.boolean(),
  sourceIp: z.string().nullable(),
  userAgent: z.string().nullable(),
  /** `the AWS console`, or the AWS service that called on the principal's behalf. */
  via: z.string().nullable(),
  /** Set if the call failed. */
  error: z.strictObject({ code: z.string(), message: z.string().nullable() }).nullable(),
});

export type ApiCall = Of<typeof apiCall>;
export type Principal = ApiCall['principal'];

/** Reads a call from a record that has an event name and a Region. Every other field may be missing or of another type. */
export function parseApiCall(
  detail: Readonly<Record<string, unknown>>,
  { eventName, awsRegion }: { readonly eventName: string; readonly awsRegion: string },
): ApiCall {
  const record = recordSchema.parse(detail);
  const { userIdentity } = record;
  return {
    eventId: record.eventID,
    requestId: record.requestID,
    eventName,
    at: record.eventTime,
    region: awsRegion,
    principal: principalOf(userIdentity),
    selfTriggered: false,
    sourceIp: record.sourceIPAddress,
    userAgent: record.userAgent,
    via: isConsole(record) ? 'the AWS console' : serviceBetween(userIdentity),
    error:
      record.errorCode === null ? null : { code: record.errorCode, message: record.errorMessage },
  };
}

/** `via` of a call that CloudFormation made. */
export const cloudFormation = 'cloudformation.amazonaws.com';

/** Whether a session of one of these roles made the call. */
export const calledByRole = ({ principal }: ApiCall, roleArns: readonly string[]): boolean =>
  principal.type === 'AssumedRole' &&
  principal.issuerArn !== null &&
  roleArns.includes(principal.issuerArn);

/** One line for people: `mallory (IAMUser) from 192.0.2.7 through the AWS console`. The caller escapes it. */
export function describeApiCall({ principal, sourceIp, via }: ApiCall): string {
  const { name, type, issuer } = principal;
  return [
    `${name} (${issuer === null ? type : `${type} of ${issuer}`})`,
    sourceIp === null ? '' : ` from ${sourceIp}`,
    via === null ? '' : ` through ${via}`,
  ].join('');
}

type Identity = z.infer<typeof recordSchema>['userIdentity'];

function principalOf(identity: Identity): Principal {
  const { sessionIssuer, attributes } = identity.sessionContext;
  const issuer = sessionIssuer.userName ?? lastSegment(sessionIssuer.arn);
  const permissionSet = /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/.exec(issuer ?? '')?.[1];
  const isSso = ssoRole.test(sessionIssuer.arn ?? '');
  const type = identity.type ?? 'unknown';
  const nameless =
    type === 'Root'
      ? 'root'
      : (identity.onBehalfOf.userId ?? identity.invokedBy ?? identity.principalId);
  return {
    type: isSso ? 'SSO' : type,
    name: identity.userName ?? lastSegment(identity.arn) ?? nameless ?? 'unknown principal',
    arn: identity.arn,
    accountId: identity.accountId,
    issuer: isSso ? (permissionSet ?? issuer) : issuer,
    issuerArn: sessionIssuer.arn,
    mfa: attributes.mfaAuthenticated === null ? null : attributes.mfaAuthenticated === 'true',
  };
}

/** A role of IAM Identity Center: only AWS can create roles under this path. */
const ssoRole = /^arn:aws[a-z-]*:iam::\d{12}:role\/aws-reserved\/sso\.amazonaws\.com\//;

/** The AWS service that called on a principal's behalf; null if the service called for itself. */
const serviceBetween = ({ type, invokedBy }: Identity): string | null =>
  type === 'AWSService' ? null : invokedBy;

/** Console calls are marked by the invoker, the user agent or a field, depending on the year. Source: recorded events, 2020 to 2024. */
function isConsole({
  userAgent,
  sessionCredentialFromConsole,
  userIdentity: { invokedBy },
}: z.infer<typeof recordSchema>): boolean {
  const consoles = ['signin.amazonaws.com', 'console.amazonaws.com'];
  return (
    sessionCredentialFromConsole === 'true' ||
    consoles.includes(userAgent ?? '') ||
    consoles.includes(invokedBy ?? '')
  );
}

/** `alice` of `arn:aws:iam::111122223333:user/team/alice`; a root ARN has no such segment. */
const lastSegment = (arn: string | null): string | null =>
  arn?.includes('/') ? arn.split('/').at(-1) || null : null;

/** Text of at most 1,024 characters; null for any other type. */
const text = z
  .string()
  .min(1)
  .transform((value) => value.slice(0, 1024).toWellFormed())
  .nullable()
  .catch(null);

/** Ids and times that become part of keys: in their documented form, or null. */
const guid = z.guid().nullable().catch(null);
const time = z.iso.datetime().max(64).nullable().catch(null);

const section = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.preprocess((value) => (isObject(value) ? value : {}), z.object(shape));

const recordSchema = section({
  eventID: guid,
  requestID: text,
  eventTime: time,
  sourceIPAddress: text,
  userAgent: text,
  errorCode: text,
  errorMessage: text,
  sessionCredentialFromConsole: text,
  userIdentity: section({
    type: text,
    userName: text,
    principalId: text,
    arn: text,
    accountId: text,
    invokedBy: text,
    onBehalfOf: section({ userId: text }),
    sessionContext: section({
      sessionIssuer: section({ userName: text, arn: text }),
      attributes: section({ mfaAuthenticated: text }),
    }),
  }),
});

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
