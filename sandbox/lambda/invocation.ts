/** An invocation: the handler's result or error in Lambda's format, and the printed lines. */
export type Invocation = Answer & {
  readonly functionName: string;
  readonly requestId: string;
  readonly at: string;
  readonly payload: unknown;
  readonly log: readonly string[];
};

export type Answer = (
  | { readonly result: unknown }
  | { readonly error: { readonly errorType: string; readonly errorMessage: string } }
) & {
  /** Absent if the process did not answer. */
  readonly usage?: Usage;
};

/** The resources that an invocation used. */
export type Usage = {
  readonly cpuMs: number;
  /** The process's peak so far, in MB, as Lambda reports it. */
  readonly maxMemoryMb: number;
  /** Whether it is the first invocation of its process. */
  readonly isFirst: boolean;
};
