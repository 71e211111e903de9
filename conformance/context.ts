import 'vitest';

/** The settings of a run; every test file injects them as `conformance`. */
export type Context = {
  /** The start of the names of all resources that the run creates. */
  readonly run: string;
  readonly accountId: string;
  readonly region: string;
  /** A second Region, to read shadow trails from and to test refused calls in. */
  readonly otherRegion: string;
  readonly connection: Connection;
  /** A bucket of the run that CloudTrail can write to. */
  readonly bucket: string;
  /** A role with which CloudTrail can write to log groups of the run; null if none was given. */
  readonly logRole: string | null;
  /** A role with which state machines of the run can process the items of distributed maps; null if none was given. */
  readonly workflowRole: string | null;
  /** A sender that is verified in Amazon SES; null if none was given. */
  readonly emailFrom: string | null;
  /** A member account of the organization; null if none was given. */
  readonly member: Member | null;
  /** How long event history and deliveries can take. */
  readonly patienceMs: number;
};

/** How the SDK reaches an account: an endpoint other than AWS, or credentials other than the environment's. */
export type Connection = {
  readonly endpoint?: string;
  readonly profile?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

export type Member = {
  readonly accountId: string;
  readonly connection: Connection;
  /** A role of that account with which CloudTrail can write to log groups of the run; null if none was given. */
  readonly logRole: string | null;
};

declare module 'vitest' {
  interface ProvidedContext {
    readonly conformance: Context;
  }
}
