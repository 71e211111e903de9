/** The caller, derived from the access key ID of the request. */
export type Principal = {
  readonly type: 'IAMUser' | 'AssumedRole' | 'FederatedUser' | 'Root';
  readonly arn: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  /** The role of a session, whose policies apply; null for users, who are administrators. */
  readonly roleArn: string | null;
};

/** An authenticated API call. The Region is that of the signature. */
export type Call = {
  readonly principal: Principal;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly userAgent: string;
  readonly requestId: string;
  readonly at: Date;
  /** The number of chained function invocations that led to the call. */
  readonly lineage?: number;
};

/** A permission that a call needs. CreateTrail with a role also needs `iam:PassRole`. */
export type Need = {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
  /** The error if access is denied; default: AccessDeniedException. */
  readonly refusal?: AwsError;
};

/** An error response of AWS. `code` is the name of the exception on the wire. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: string,
    message: string,
    status = 400,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}
