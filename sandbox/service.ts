/** Who makes a call, as the sandbox derives it from the access key id of the request. */
export type Principal = {
  readonly type: 'IAMUser' | 'AssumedRole' | 'FederatedUser' | 'Root';
  readonly arn: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  /** The role of an assumed-role session, whose policies decide; null for a user, who is an administrator. */
  readonly roleArn: string | null;
};

/** One authenticated API call: the signing scope's Region, the caller and the parsed input. */
export type Call = {
  readonly principal: Principal;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly userAgent: string;
  readonly requestId: string;
  readonly at: Date;
  /** How many invocations of functions led to it, one of the other. */
  readonly lineage?: number;
};

/** What a call needs the caller to be allowed, as IAM states it: CreateTrail with a role needs `iam:PassRole`, too. */
export type Need = {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
  /** How the service names a refusal; AccessDeniedException if it is left out. */
  readonly refusal?: AwsError;
};

/** An error that AWS answers with: its code is the exception's name on the wire. */
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
