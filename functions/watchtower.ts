import { readFileSync } from 'node:fs';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { configuredChannels } from '#alert/channels/load.ts';
import { stateClient } from '#aws/clients.ts';
import { names } from '#aws/resource-names.ts';
import { secretOf } from '#aws/secret.ts';
import { rowsIn } from '#aws/state-table.ts';
import { watchtowerAlias } from '#aws/watchtower-arns.ts';
import { publicKeyFrom, verifySignature } from '#baseline/signing/signature.ts';
import { factsFile } from '#deployment/expected-deployment.ts';
import { publishLook } from '#deployment/heartbeat.ts';
import { parseHeartbeat } from '#watchtower/heartbeat.ts';
import type { Delivery } from '#watchtower/heartbeat-log.ts';
import { keep, type LookReport, look } from '#watchtower/watch.ts';
import type { WatchtowerFacts } from '#watchtower/watchtower-facts.ts';

/**
 * Watches trailkeeper from another account. An event of the bus is a heartbeat, which is kept. Anything else starts a look; `{at: time}`
 * is a drill: a look as if it were that time.
 */
export function createHandler() {
  const env = watchtowerEnvironment();
  return middy<unknown, LookReport | null>()
    .use(injectLambdaContext(env.logger, { resetKeys: true }))
    .handler(async (event, context) => {
      const delivered = busEvent.safeParse(event).data;
      if (delivered === undefined) return lookNow(event, context, env);
      const { id, account, detail } = delivered;
      const isOurs = account === env.facts.account;
      const read = isOurs ? await readHeartbeat(detail, env) : unsigned;
      await keep({ eventId: id, read }, new Date(), env);
      return null;
    });
}

export const handler = createHandler();

const busEvent = z.object({
  id: z.string(),
  account: z.string(),
  'detail-type': z.string(),
  detail: z.unknown(),
});

const drill = z.strictObject({ at: z.iso.datetime() });

type Environment = ReturnType<typeof watchtowerEnvironment>;

function watchtowerEnvironment() {
  const facts: WatchtowerFacts = JSON.parse(
    readFileSync(new URL(factsFile, import.meta.url), 'utf8'),
  );
  const kms = new KMSClient();
  const key = async () => {
    const { PublicKey: der } = await kms.send(new GetPublicKeyCommand({ KeyId: watchtowerAlias }));
    return publicKeyFrom(Buffer.from(der ?? []).toString('base64'));
  };
  return {
    facts,
    key,
    logger: new Logger({ serviceName: 'trailkeeper' }),
    rows: rowsIn(stateClient(), names.watchtower),
    account: facts.account,
    periodMs: facts.period * 60_000,
    remindMs: facts.remindEvery * 3_600_000,
    channels: configuredChannels(facts.alerts),
  };
}

const unsigned = { problem: 'unsigned' } as const;
const signed = z.object({ document: z.string(), signature: z.unknown() });

/** A heartbeat of the bus, if the key of the watchtower signed it. */
async function readHeartbeat(detail: unknown, { key }: Environment): Promise<Delivery['read']> {
  const { document, signature } = signed.safeParse(detail).data ?? { document: '' };
  const verified = verifySignature('heartbeat', document, signature, { keys: [await key()] });
  if ('problem' in verified) return unsigned;
  return parseHeartbeat(document) ?? unsigned;
}

async function lookNow(event: unknown, context: Context, env: Environment): Promise<LookReport> {
  const { at } = drill.safeParse(event).data ?? {};
  const now = at === undefined ? new Date() : new Date(at);
  const until = new Date(Date.now() + context.getRemainingTimeInMillis() - reserveMs);
  const report = await look(
    now,
    {
      secretOf,
      now: () => new Date(),
      until,
      topic: process.env.TOPIC_ARN ?? '',
      endpointUrl: process.env.CHANNEL_ENDPOINT_URL ?? null,
    },
    env,
  );
  for (const concern of report.concerns) env.logger.error(concern.title, { concern });
  publishLook();
  return report;
}

/** Reserved to save what was told. In milliseconds. */
const reserveMs = 10_000;
