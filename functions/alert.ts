import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { channels } from '#alert/channels/index.ts';
import { deliveryLedger } from '#alert/delivery-ledger.ts';
import { type Delivery, notify } from '#alert/notify.ts';
import { pseudonymOf } from '#alert/pseudonym.ts';
import type { Pseudonym } from '#alert/redact.ts';
import { stateClient } from '#aws/clients.ts';
import { type Secret, secretOf } from '#aws/secret.ts';
import { parseFunctionConfig } from '#deployment/function-config.ts';
import { incidentKey, incidentReader } from '#incident/incident-reader.ts';
import { facts } from './facts.ts';

/** What became of an own event in each channel; nothing where it named no incident. */
export type AlertReport = { readonly told: readonly Delivery[] };

/**
 * Tells people of an incident that an own event names. The event is a hint: anyone may put one on a bus. What is told is the
 * incident as it is in the table, and an event that names none says nothing to anybody.
 */
export function createHandler() {
  const env = alertEnvironment();
  return middy<unknown, AlertReport>()
    .use(injectLambdaContext(env.logger, { resetKeys: true }))
    .handler((event, context) => alert(event, context, env));
}

export const handler = createHandler();

/** What the function works with, and all that it remembers from one invocation to the next. */
function alertEnvironment() {
  const {
    table,
    alerts: config,
    logGroups,
    rules,
  } = parseFunctionConfig(process.env, facts.signing);
  const state = stateClient();
  const secrets = new Map<string, Secret>();
  let pseudonym: Promise<Pseudonym> | null = null;
  return {
    config,
    maxWindowHours: rules.maxWindowHours,
    logs: { region: process.env.AWS_REGION ?? '', groups: logGroups },
    logger: new Logger({ serviceName: 'trailkeeper' }),
    incidents: incidentReader(state, table),
    told: deliveryLedger(state, table, randomUUID),
    /** For tests alone, as `AWS_ENDPOINT_URL` is; whoever sets it on the deployed function is told by the watch. */
    slackUrl: process.env.SLACK_ENDPOINT_URL ?? null,
    secretOf(id: string): Secret {
      const secret = secrets.get(id) ?? secretOf(id);
      secrets.set(id, secret);
      return secret;
    },
    /** Null if principals are told by their names. */
    async pseudonym(): Promise<Pseudonym | null> {
      if (!config.redactPrincipals) return null;
      pseudonym ??= pseudonymOf(state, table).catch((error: unknown) => {
        pseudonym = null;
        throw error;
      });
      return pseudonym;
    },
  };
}

async function alert(
  event: unknown,
  context: Context,
  env: ReturnType<typeof alertEnvironment>,
): Promise<AlertReport> {
  const { config, maxWindowHours, logs, logger, incidents, told, slackUrl } = env;
  const named = ownEvent.safeParse(event);
  if (!named.success) {
    logger.error('an event that names no incident was put on the bus: nobody is told');
    return { told: [] };
  }
  const key = named.data.detail.incident;
  logger.appendKeys({ incident: key });
  const ends = new Date(Date.now() + context.getRemainingTimeInMillis());
  const until = new Date(ends.getTime() - reserve);
  const pseudonym = await env.pseudonym();
  const outside = { secretOf: env.secretOf, now: () => new Date(), until, slackUrl };
  const teller = {
    channels,
    config,
    logs,
    maxWindowHours,
    incidents,
    told,
    pseudonym,
    logger,
    outside,
    ends,
  };
  const tellings = await notify(key, teller);
  if (tellings === null) {
    logger.error('an event was put on the bus whose incident is not in the table: nobody is told');
  } else logger.info('people were told what is new', { told: tellings });
  return { told: tellings ?? [] };
}

const ownEvent = z.object({ detail: z.object({ incident: incidentKey }) });

/** Kept for the end: to give back what was claimed, and to say what went wrong. In milliseconds. */
const reserve = 10_000;
