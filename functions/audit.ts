import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import { InvalidPayloadError } from '#aws/errors.ts';
import { putOne } from '#aws/event-bus.ts';
import { type LostChanges, parseStreamEvent, type RowChange } from '#aws/table-stream.ts';
import { auditWrite } from '#deployment/audit-writes.ts';
import { tableExposure } from '#deployment/observe-table-policy.ts';
import { kinds } from '#drift/index.ts';
import { closeRetired } from '#incident/lifecycle/open-incident.ts';
import type { TamperEvent } from '#incident/tamper-event.ts';
import { fingerprintOf } from '#reconcile/change-key.ts';
import { type Environment, environment } from './environment.ts';
import { facts } from './facts.ts';

/** The events that a batch of table writes led to. */
export type AuditReport = { readonly reported: readonly TamperEvent[] };

/**
 * Reports every write to a baseline, a retirement or a maintenance window: CloudTrail records no event for it by default. A write that is
 * signed or, without keys, made while the policy of the table is in place, is a change; any other is tampering.
 */
export function createHandler() {
  const env = { ...environment(), dynamodb: new DynamoDBClient() };
  return middy<unknown, AuditReport>()
    .use(injectLambdaContext(env.logger, { resetKeys: true }))
    .handler(async (event) => {
      const batch = parseStreamEvent(event);
      if (batch === null) {
        throw new InvalidPayloadError('the payload must be a batch of the state table stream');
      }
      const events = 'from' in batch ? [lostWrites(batch)] : await audit(batch, env);
      for (const one of events) await report(one, env);
      return { reported: events };
    });
}

export const handler = createHandler();

type AuditEnvironment = Environment & { readonly dynamodb: DynamoDBClient };

/** The changes of a batch, and all its tampering as one event, so that an attacker cannot bury a fault under many alerts. */
async function audit(
  batch: readonly RowChange[],
  { trust, baselines, dynamodb }: AuditEnvironment,
): Promise<readonly TamperEvent[]> {
  const events: TamperEvent[] = [];
  const exposure = trust.keys.length > 0 ? null : await tableExposure(dynamodb, facts.tablePolicy);
  for (const change of batch) {
    const write = await auditWrite(change, { kinds, trust, verified: new Map(), baselines });
    if (write === null) continue;
    const faults = exposure !== null && write.faults.length === 0 ? [exposure] : write.faults;
    events.push({ id: change.id, at: change.at, cause: null, ...write, faults });
  }
  const [first, ...others] = events.filter(isTampering);
  if (first === undefined) return events;
  const faults = [...new Set([first, ...others].flatMap((one) => one.faults))];
  const changes = [first, ...others].flatMap((one) => one.changes ?? []);
  return [...events.filter((one) => !isTampering(one)), { ...first, faults, changes }];
}

const isTampering = ({ faults }: TamperEvent): boolean => faults.length > 0;

/** Stores an event, then publishes it: the alert function reads the row. A repeated event is stored once and published again. */
async function report(
  event: TamperEvent,
  { tamperings, bus, logger, controller }: Environment,
): Promise<void> {
  const { faults, changes, retired } = event;
  if (isTampering(event)) {
    logger.error('the state table was changed, perhaps not by an approver', { faults, changes });
  } else logger.info('an approver changed the state table', { changes });
  const incident = await tamperings.keep(event);
  const name = isTampering(event) ? 'Trailkeeper Tampered' : 'Baseline Changed';
  await putOne(bus, name, { incident });
  if (retired === undefined) return;
  const status = controller.statuses.of(retired.trail);
  const at = controller.now().toISOString();
  await status.save((before) => closeRetired(before, { at, ...retired }));
  await status.publish();
}

const lostWrites = ({ from, to, count }: LostChanges): TamperEvent => ({
  id: fingerprintOf(JSON.stringify({ from, to, count })),
  at: new Date(to).toISOString(),
  cause: null,
  faults: [
    `${count} writes to the state table, from ${from} to ${to}, could not be audited: npx --no -- trailkeeper history shows each version and its signature`,
  ],
  changes: [],
});
