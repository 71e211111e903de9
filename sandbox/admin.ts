import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { Api } from './api.ts';
import { changeHistory, historyChange } from './cloudtrail/history-change.ts';
import { deliverLogFiles } from './cloudtrail/log-files/deliver.ts';
import { consistency } from './consistency.ts';
import { type Delivery, deliveryPatch } from './delivery.ts';
import { fault, latency } from './disruptions.ts';
import type { Invocation } from './lambda/invocation.ts';
import type { Lambda } from './lambda/run.ts';
import { type StatusOverride, statusOverride } from './status-override.ts';
import { throttling, unlimited } from './throttling.ts';
import type { World } from './world.ts';

export type Admin = {
  readonly api: Api;
  readonly world: World;
  readonly lambda: Pick<Lambda, 'invoke'>;
  readonly invocations: readonly Invocation[];
  sweep(payload?: unknown): Promise<Invocation>;
  selfCheck(): Promise<Invocation>;
  /** Ends the running invocations of a function, as if it had crashed. */
  crash(functionName: string): void;
  /** Changes how events are delivered and returns the new settings. */
  deliver(patch: Partial<Delivery>): Delivery;
  /** Overrides fields of GetTrailStatus. */
  overrideStatus(override: StatusOverride): void;
  /** Restores the state in which the sandbox started. */
  reset(): Promise<void>;
};

/** Handles requests to `/_sandbox/…`: they inspect the sandbox or change its behavior. */
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

/** Fields that are left out keep their value. */
const workspace = z
  .strictObject({
    tokens: z.array(z.string()),
    scopes: z.array(z.string()),
    webhooks: z.array(z.string()),
    channels: z.array(z.string()),
  })
  .partial();

const acceptedSecrets = z.strictObject({ accepted: z.array(z.string()) });

const logFiles = z.strictObject({ at: z.coerce.date().optional() });

const crash = z.strictObject({ function: z.string() });

const stackStatus = z.strictObject({ stack: z.string(), status: z.string() });

const routes: Record<string, (admin: Admin, body: unknown) => unknown> = {
  'GET calls': ({ api }) => api.calls,
  'GET invocations': ({ invocations }) => invocations,
  'GET notifications': ({ world }) => world.notifications,
  'GET slack': ({ world }) => world.slack.messages,
  'GET slack-answers': ({ world }) => world.slack.answers,
  'GET slack-modals': ({ world }) => world.slack.modals,
  'POST slack'({ world }, body) {
    world.slack = { ...world.slack, ...workspace.parse(body) } as World['slack'];
    return {};
  },
  'GET products': ({ world }) => ({
    ...world.products,
    emails: world.emails,
    findings: [...world.findings.values()],
  }),
  'POST products'({ world }, body) {
    world.products.accepted = acceptedSecrets.parse(body).accepted;
    return {};
  },
  'POST sweep': ({ sweep }, body) => sweep(body),
  'POST watch': ({ selfCheck }) => selfCheck(),
  'POST crash'({ crash: end }, body) {
    end(crash.parse(body).function);
    return {};
  },
  'POST delivery': ({ deliver }, body) => deliver(deliveryPatch.parse(body) as Partial<Delivery>),
  'DELETE faults'({ api }) {
    api.disruptions.faults.length = 0;
    return api.disruptions.faults;
  },
  'POST faults'({ api }, body) {
    api.disruptions.faults.push(fault.parse(body));
    return api.disruptions.faults;
  },
  'POST latency'({ api: { disruptions } }, body) {
    disruptions.latency = latency.parse(body);
    return disruptions.latency;
  },
  'POST consistency'({ api: { disruptions } }, body) {
    disruptions.consistency = consistency.parse(body);
    return disruptions.consistency;
  },
  'POST throttling'({ api: { disruptions } }, body) {
    const quotas = throttling.parse(body);
    disruptions.throttling = { ...unlimited(), ...quotas };
    return quotas;
  },
  'GET event-history': ({ world }) => world.history,
  'POST event-history'({ world }, body) {
    const change = historyChange.parse(body);
    changeHistory(world, change);
    return { records: world.history.length, lagMs: world.historyLag.ms };
  },
  'POST log-files': ({ world }, body) =>
    deliverLogFiles(world, logFiles.parse(body ?? {}).at ?? new Date()),
  'POST trail-status'({ overrideStatus }, body) {
    const override = statusOverride.parse(body);
    overrideStatus(override);
    return override;
  },
  'POST stack-status'({ world }, body) {
    const { stack, status } = stackStatus.parse(body);
    world.stackStatus.set(stack, status);
    return { stack, status };
  },
  async 'POST reset'({ reset }) {
    await reset();
    return {};
  },
};
