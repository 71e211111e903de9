import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { KMSClient } from '@aws-sdk/client-kms';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { secretOf } from '#aws/secret.ts';
import { watchtowerAlias } from '#aws/watchtower-arns.ts';
import { kmsSigner } from '#baseline/signing/kms-signer.ts';
import { type PublicKey, verifySignature } from '#baseline/signing/signature.ts';
import { publishMetrics } from '#deployment/metrics.ts';
import { parseHeartbeat } from '#watchtower/heartbeat.ts';
import type { Delivery } from '#watchtower/heartbeat-log.ts';
import { type CheckReport, check, keep } from '#watchtower/watch.ts';
import { watchtowerEnvironment } from './watchtower-environment.ts';

/**
 * Watches trailkeeper from another account. An event of the bus is a heartbeat, which is kept. Anything else starts a check; `{at: time}`
 * is a drill: a check as if it were that time.
 */
export function createHandler() {
  const env = watchtowerEnvironment();
  const readHeartbeat = heartbeatReader();
  return middy<unknown, CheckReport | null>()
    .use(injectLambdaContext(env.logger, { resetKeys: true }))
    .handler(async (event, context) => {
      const delivered = busEvent.safeParse(event).data;
      if (delivered === undefined) return checkNow(event, context, env);
      const { id, account, detail } = delivered;
      const isOurs = account === env.facts.account;
      const read = isOurs ? await readHeartbeat(detail) : unsigned;
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

const ownKey = (): Promise<PublicKey> => kmsSigner(new KMSClient(), watchtowerAlias).publicKey();

const unsigned = { problem: 'unsigned' } as const;
const signed = z.object({ document: z.string(), signature: z.unknown() });

/**
 * Reads a heartbeat of the bus, if the key of the watchtower signed it. The key is read once, and again after a signature that does not
 * verify.
 */
function heartbeatReader() {
  let key: PublicKey | null = null;
  return async (detail: unknown): Promise<Delivery['read']> => {
    const { document, signature } = signed.safeParse(detail).data ?? { document: '' };
    const isSignedBy = (one: PublicKey) =>
      !('problem' in verifySignature('heartbeat', document, signature, { keys: [one] }));
    if (key === null || !isSignedBy(key)) key = await ownKey();
    return isSignedBy(key) ? (parseHeartbeat(document) ?? unsigned) : unsigned;
  };
}

async function checkNow(event: unknown, context: Context, env: Environment): Promise<CheckReport> {
  const { at } = drill.safeParse(event).data ?? {};
  const now = at === undefined ? new Date() : new Date(at);
  const until = new Date(Date.now() + context.getRemainingTimeInMillis() - reserveMs);
  const report = await check(
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
  for (const alarm of report.alarms) env.logger.error(alarm.title, { alarm });
  publishMetrics({ checks: 1 });
  return report;
}

/** Reserved to save who was notified. In milliseconds. */
const reserveMs = 10_000;
