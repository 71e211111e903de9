import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { type Consistency, consistent } from './consistency.ts';
import { AwsError } from './service.ts';
import { type Throttling, unlimited } from './throttling.ts';

/** Faults, latency, throttling and stale reads that a test requested for API calls. */
export type Disruptions = {
  readonly faults: Fault[];
  latency: Latency;
  throttling: Throttling;
  consistency: Consistency;
};

/** An error for the next `times` calls; null: the call succeeds without an effect. `*` matches any value. */
export type Fault = z.infer<typeof fault>;

/** Additional time that calls take. */
export type Latency = z.infer<typeof latency>;

export const fault = z.strictObject({
  service: z.string(),
  operation: z.string(),
  /** An error name; for Slack also an HTTP status. */
  error: z.union([z.string(), z.int().transform(String)]).nullable(),
  message: z.string().optional(),
  times: z.int().positive().default(1),
  /** Slack's `Retry-After` header, in seconds. */
  retryAfter: z.int().nonnegative().optional(),
});

export const latency = z.strictObject({
  ms: z.int().nonnegative(),
  service: z.string().default('*'),
  operation: z.string().default('*'),
});

export const noDisruptions = (): Disruptions => ({
  faults: [],
  latency: { ms: 0, service: '*', operation: '*' },
  throttling: unlimited(),
  consistency: consistent,
});

type Asked = { readonly service: string; readonly operation: string };

const concerns = (one: Asked, { service, operation }: Asked): boolean =>
  ['*', service].includes(one.service) && ['*', operation].includes(one.operation);

/** Returns the first fault that matches the call and uses up one of its times. */
export function faultFor(faults: readonly Fault[], call: Asked): Fault | undefined {
  const found = faults.find((one) => one.times > 0 && concerns(one, call));
  if (found !== undefined) found.times -= 1;
  return found;
}

export const faultError = (code: string, message = `${code}, injected by the sandbox`): AwsError =>
  new AwsError(code, message, statusOf(code));

/** Clients retry every 5xx status whatever the error name, so a service's own error needs a matching status. */
const statusOf = (code: string): number => {
  if (/^ServiceUnavailable|^SlowDown$|^DependencyTimeout/.test(code)) return 503;
  return /Internal(Failure|Server|Service)?(Error|Exception)?$|^ServiceException$/.test(code)
    ? 500
    : 400;
};

export async function slowDown(asked: Latency, call: Asked): Promise<void> {
  if (asked.ms > 0 && concerns(asked, call)) await setTimeout(asked.ms, undefined, { ref: false });
}
