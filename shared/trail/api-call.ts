import * as z from 'zod';

/**
 * Who did what, when and from where, as a CloudTrail record tells it. It is told to people and decides nothing: most of
 * it an attacker can write. Whatever the record does not say is null.
 */
export type ApiCall = {
  readonly eventId: string | null;
  /** By which the caller knows the call, too. */
  readonly requestId: string | null;
  readonly eventName: string;
  readonly at: string | null;
  readonly region: string;
  readonly principal: Principal;
  /** Whether the call was a repair of ours: set by whoever knows which calls we made. */
  readonly selfTriggered: boolean;
  readonly sourceIp: string | null;
  readonly userAgent: string | null;
  /** The console, or the AWS service that called on the principal's behalf. */
  readonly via: string | null;
  /** Set for a call that failed: an attempt. */
  readonly error: { readonly code: string; readonly message: string | null } | null;
};

export type Principal = {
  readonly type: string;
  /** The name that people know the principal by. */
  readonly name: string;
  readonly arn: string | null;
  readonly accountId: string | null;
  /** The role, permission set or user behind a session. */
  readonly issuer: string | null;
  readonly issuerArn: string | null;
  readonly mfa: boolean | null;
};

/** Reads the cause off a record that names its event and Region; nothing else of it has to be there, or of the right type. */
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

/** Whether a call was made by a session of this role. */
export const calledByRole = ({ principal }: ApiCall, roleArn: string): boolean =>
  principal.type === 'AssumedRole' && principal.issuerArn === roleArn;

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
    name: identity.userName ?? lastSegment(identity.arn) ?? nameless ?? 'somebody unknown',
    arn: identity.arn,
    accountId: identity.accountId,
    issuer: isSso ? (permissionSet ?? issuer) : issuer,
    issuerArn: sessionIssuer.arn,
    mfa: attributes.mfaAuthenticated === null ? null : attributes.mfaAuthenticated === 'true',
  };
}

/** A role of IAM Identity Center: only AWS can make one under this path. */
const ssoRole = /^arn:aws[a-z-]*:iam::\d{12}:role\/aws-reserved\/sso\.amazonaws\.com\//;

/** The service that called for somebody; a service that called for itself stands between nobody. */
const serviceBetween = ({ type, invokedBy }: Identity): string | null =>
  type === 'AWSService' ? null : invokedBy;

/** Sign-in by era: an invoker, a user agent or a mark on the record. Source: recorded events of 2020 to 2024. */
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

/** Text of a bounded length, or null for whatever is not text. */
const text = z
  .string()
  .min(1)
  .transform((value) => value.slice(0, 1024).toWellFormed())
  .nullable()
  .catch(null);

/** Ids and times that end up in keys have their documented form, or are null. */
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
