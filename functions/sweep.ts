import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import { z } from 'zod';
import { baselineStore, type Guarded } from '#aws/baseline-store.ts';
import { awsByRegion } from '#aws/clients.ts';
import { describeIssues } from '#core/baseline.ts';
import type { Mode } from '#core/outcome.ts';
import { trailArn } from '#core/trail.ts';
import { kinds } from '#drift/index.ts';
import { parseFunctionEnvironment } from '#shared/config.ts';
import { guardTrail, type TrailReport, throwIfRetryMayMend } from '#shared/guard.ts';

/** What a sweep answers: what became of each trail. */
export type SweepReport = { readonly mode: Mode; readonly trails: readonly TrailReport[] };

/** Thrown for a payload of a manual invoke that can not be used; nothing was read or written. */
class InvalidPayloadError extends Error {
  override readonly name = 'InvalidPayloadError' as const;
}

const config = parseFunctionEnvironment(process.env);
const logger = new Logger({ serviceName: 'trailkeeper' });
const awsOf = awsByRegion();
const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient());
const store = baselineStore(dynamodb, config.table, kinds);

/** Reconciles every guarded trail, or those that a manual invoke names: `{trails?: [arn], mode?: "observe"}`. */
export const handler = middy<unknown, SweepReport>()
  .use(injectLambdaContext(logger))
  .handler(sweep);

async function sweep(event: unknown): Promise<SweepReport> {
  const { trails: named, mode = config.mode } = parsePayload(event);
  const guarded = select(await store.list(), named);
  if (guarded.length === 0) logger.warn('no trail is guarded: npm run capture -- TRAIL_ARN');

  const guard = { kinds, awsOf, mode, logger, newIncident: randomUUID };
  const trails = await finishAll(guarded.map((one) => guardTrail(one, guard)));
  throwIfRetryMayMend(trails);
  return { mode, trails };
}

/** Waits for every one before the first failure is thrown: no trail waits for another. */
async function finishAll<Result>(promises: readonly Promise<Result>[]): Promise<Result[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

const payload = z.strictObject({
  trails: z.array(trailArn).min(1, 'must name a trail, or be left out').optional(),
  mode: z
    .literal('observe', { error: 'must be "observe", or be left out: enforcing is a deployment' })
    .optional(),
});

function parsePayload(event: unknown): z.infer<typeof payload> {
  const result = payload.safeParse(event);
  if (!result.success) throw new InvalidPayloadError(describeIssues(result.error));
  return result.data;
}

function select(guarded: readonly Guarded[], named: readonly string[] | undefined) {
  return (
    named?.map((trail, i) => {
      const found = guarded.find((one) => one.trail === trail);
      if (found !== undefined) return found;
      throw new InvalidPayloadError(
        `trails.${i}: ${trail} is not guarded: npm run capture -- ${trail}`,
      );
    }) ?? guarded
  );
}
