import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Api } from './api.ts';
import { type Delivery, deliveryPatch } from './delivery.ts';
import type { Invocation } from './lambda.ts';

export type Admin = {
  readonly api: Api;
  readonly invocations: readonly Invocation[];
  sweep(payload?: unknown): Promise<Invocation>;
  /** Changes how events travel; gives how they do then. */
  deliver(patch: Partial<Delivery>): Delivery;
};

/** Answers `/_sandbox/…`: what happened, and what a test or a person wants to happen. */
export async function adminAnswer(
  { method = '', url = '' }: IncomingMessage,
  body: string,
  admin: Admin,
): Promise<{ status: number; json: unknown }> {
  const route = routes[`${method} ${url.replace('/_sandbox/', '')}`];
  if (route === undefined) {
    return { status: 404, json: { error: `no ${method} ${url}`, routes: Object.keys(routes) } };
  }
  try {
    return { status: 200, json: await route(admin, body === '' ? undefined : JSON.parse(body)) };
  } catch (error) {
    return { status: 400, json: { error: String(error) } };
  }
}

const routes: Record<string, (admin: Admin, body: unknown) => unknown> = {
  'GET calls': ({ api }) => api.calls,
  'GET invocations': ({ invocations }) => invocations,
  'POST sweep': ({ sweep }, body) => sweep(body),
  'POST delivery': ({ deliver }, body) => deliver(deliveryPatch.parse(body) as Partial<Delivery>),
  'DELETE faults'({ api }) {
    api.faults.length = 0;
    return api.faults;
  },
  'POST faults'({ api }, body) {
    api.faults.push(fault.parse(body));
    return api.faults;
  },
};

const fault = z.strictObject({
  service: z.string(),
  operation: z.string(),
  error: z.string().nullable(),
  message: z.string().optional(),
  times: z.int().positive().default(1),
});
