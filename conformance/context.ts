import 'vitest';

/** What a run works on; every test file injects it as `conformance`. */
export type Context = {
  /** What the name of everything that the run makes begins with. */
  readonly run: string;
  readonly accountId: string;
  readonly region: string;
  /** A second Region, to look at shadows from and to be refused in. */
  readonly otherRegion: string;
  readonly connection: Connection;
  /** A bucket of the run's own that CloudTrail may write to. */
  readonly bucket: string;
  /** A role by which CloudTrail may write to log groups of the run; null: none was given. */
  readonly logRole: string | null;
  /** An account of the organization; null: none was given. */
  readonly member: Member | null;
  /** How long event history and deliveries may take. */
  readonly patienceMs: number;
};

/** How the SDK reaches an account: an endpoint other than AWS, credentials other than the environment's. */
export type Connection = {
  readonly endpoint?: string;
  readonly profile?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

export type Member = {
  readonly accountId: string;
  readonly connection: Connection;
  /** A role of that account by which CloudTrail may write to log groups of the run; null: none was given. */
  readonly logRole: string | null;
};

declare module 'vitest' {
  interface ProvidedContext {
    readonly conformance: Context;
  }
}
