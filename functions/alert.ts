import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { configuredChannels } from '#alert/channels/load.ts';
import { deliveryLedger } from '#alert/delivery-ledger.ts';
import { type Delivery, notify, notifyTest } from '#alert/notify.ts';
import { stateClient } from '#aws/clients.ts';
import { type Secret, secretOf } from '#aws/secret.ts';
import { rowsIn } from '#aws/state-table.ts';
import { parseFunctionConfig } from '#deployment/function-config.ts';
import { incidentKey, recordReader } from '#incident/incident-records.ts';
import { facts } from './facts.ts';

/** What was done about the record of an event in each channel; nothing if the event names no record. */
export type AlertReport = { readonly deliveries: readonly Delivery[] };

/**
 * Notifies people of the incident that an event of our bus names. Anyone may put events on a bus, so an event is a hint: the stored
 * incident is what people see.
 */
export function createHandler() {
  const env = alertEnvironment();
  return middy<unknown, AlertReport>()
    .use(injectLambdaContext(env.logger, { resetKeys: true }))
    .handler((event, context) => alert(event, context, env));
}

export const handler = createHandler();

/** What the function works with, and what it caches between invocations. */
function alertEnvironment() {
  const { table, alerts: config, logGroups, rules } = parseFunctionConfig(process.env);
  const rows = rowsIn(stateClient(), table);
  const secrets = new Map<string, Secret>();
  return {
    channels: configuredChannels(facts.channels),
    topic: config.topic,
    options: {
      logs: { region: process.env.AWS_REGION ?? '', groups: logGroups },
      omitActors: config.redactPrincipals,
      maxWindowHours: rules.maxWindowHours,
      runbook: config.runbook ?? null,
    },
    logger: new Logger({ serviceName: 'trailkeeper' }),
    incidents: recordReader(rows),
    ledger: deliveryLedger(rows, randomUUID),
    /** For tests, like `AWS_ENDPOINT_URL`. The self-check reports it on a deployed function. */
    endpointUrl: process.env.CHANNEL_ENDPOINT_URL ?? null,
    secretOf(id: string): Secret {
      const secret = secrets.get(id) ?? secretOf(id);
      secrets.set(id, secret);
      return secret;
    },
  };
}

async function alert(
  event: unknown,
  context: Context,
  { secretOf, topic, endpointUrl, ...env }: ReturnType<typeof alertEnvironment>,
): Promise<AlertReport> {
  const { logger } = env;
  const endsAt = new Date(Date.now() + context.getRemainingTimeInMillis());
  const until = new Date(endsAt.getTime() - reserveMs);
  const runtime = { secretOf, now: () => new Date(), until, topic, endpointUrl };
  const test = testRequest.safeParse(event);
  if (test.success) {
    const { channel } = test.data;
    const channels = env.channels.filter(({ name }) => channel === undefined || name === channel);
    return { deliveries: await notifyTest({ ...env, channels, runtime }) };
  }
  const parsed = busEvent.safeParse(event);
  if (!parsed.success) {
    logger.error('ignored an event that names no incident');
    return { deliveries: [] };
  }
  const key = parsed.data.detail.incident;
  logger.appendKeys({ incident: key });
  const deliveries = await notify(key, { ...env, runtime, endsAt });
  if (deliveries === null) logger.error('ignored an event whose incident is not in the table');
  else logger.info('notifications delivered', { deliveries });
  return { deliveries: deliveries ?? [] };
}

const busEvent = z.object({ detail: z.object({ incident: incidentKey }) });

/** A person tests the channels: `npx --no -- trailkeeper notify test`. */
const testRequest = z.strictObject({ test: z.literal(true), channel: z.string().optional() });

/** Reserved to release leases and report failures. In milliseconds. */
const reserveMs = 10_000;
