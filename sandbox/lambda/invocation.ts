/** An invocation: the handler's result or error in Lambda's format, and the printed lines. */
export type Invocation = Answer & {
  readonly functionName: string;
  readonly requestId: string;
  readonly at: string;
  readonly payload: unknown;
  readonly log: readonly string[];
};

export type Answer =
  | { readonly result: unknown }
  | { readonly error: { readonly errorType: string; readonly errorMessage: string } };
