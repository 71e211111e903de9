import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { type Consistency, consistent } from './consistency.ts';
import { AwsError } from './service.ts';
import { type Throttling, unlimited } from './throttling.ts';

/** What API calls run into because someone asked the sandbox for it. */
export type Trouble = {
  readonly faults: Fault[];
  latency: Latency;
  throttling: Throttling;
  consistency: Consistency;
};

/** An error that the next `times` calls are answered with; null: success, and nothing is done. `*` is any. */
export type Fault = z.infer<typeof fault>;

/** How much longer calls take. */
export type Latency = z.infer<typeof latency>;

export const fault = z.strictObject({
  service: z.string(),
  operation: z.string(),
  /** An error's name; of Slack an HTTP status, too. */
  error: z.union([z.string(), z.int().transform(String)]).nullable(),
  message: z.string().optional(),
  times: z.int().positive().default(1),
  /** What Slack says in `Retry-After`, in seconds. */
  retryAfter: z.int().nonnegative().optional(),
});

export const latency = z.strictObject({
  ms: z.int().nonnegative(),
  service: z.string().default('*'),
  operation: z.string().default('*'),
});

export const noTrouble = (): Trouble => ({
  faults: [],
  latency: { ms: 0, service: '*', operation: '*' },
  throttling: unlimited(),
  consistency: consistent,
});

type Asked = { readonly service: string; readonly operation: string };

const concerns = (one: Asked, { service, operation }: Asked): boolean =>
  ['*', service].includes(one.service) && ['*', operation].includes(one.operation);

/** Uses up one time of the first fault that is meant for a call. */
export function faultFor(faults: readonly Fault[], call: Asked): Fault | undefined {
  const found = faults.find((one) => one.times > 0 && concerns(one, call));
  if (found !== undefined) found.times -= 1;
  return found;
}

export const faultError = (code: string, message = `${code}, as asked of the sandbox`): AwsError =>
  new AwsError(code, message, statusOf(code));

/** Clients try a 5xx again whatever its name is, so an error of the service's own must come with one. */
const statusOf = (code: string): number => {
  if (/^ServiceUnavailable|^SlowDown$|^DependencyTimeout/.test(code)) return 503;
  return /Internal(Failure|Server|Service)?(Error|Exception)?$|^ServiceException$/.test(code)
    ? 500
    : 400;
};

export async function slowDown(asked: Latency, call: Asked): Promise<void> {
  if (asked.ms > 0 && concerns(asked, call)) await setTimeout(asked.ms, undefined, { ref: false });
}
