import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { type LostChanges, parseStreamEvent } from '#aws/table-stream.ts';
import { auditWrite } from '#deployment/audit-writes.ts';
import { kinds } from '#drift/index.ts';
import type { TamperEvent } from '#incident/incident.ts';
import { fingerprint } from '#incident/incident-store.ts';
import { baselines, bus, logger, tamperings, trust } from './environment.ts';

/** What became of a batch of changes: what was told. */
export type ChangesReport = { readonly told: readonly TamperEvent[] };

/** Thrown for a payload that is nothing of a stream; nothing was read or written. */
class InvalidPayloadError extends Error {
  override readonly name = 'InvalidPayloadError' as const;
}

/**
 * Tells every baseline, Hold and retirement that is written or deleted, whoever does it: writing to a table leaves no event. What those
 * who may approve have signed is news; anything else is tampering.
 */
export const handler = middy<unknown, ChangesReport>()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler(hear);

async function hear(event: unknown): Promise<ChangesReport> {
  const heard = parseStreamEvent(event);
  if (heard === null) {
    throw new InvalidPayloadError(
      'the payload must be what a stream of the state table hands over',
    );
  }
  const told: TamperEvent[] = [];
  for (const tampering of 'from' in heard ? [lost(heard)] : []) told.push(await tell(tampering));
  const faulty: TamperEvent[] = [];
  for (const change of 'from' in heard ? [] : heard) {
    const what = await auditWrite(change, { kinds, trust, baselines });
    if (what === null) continue;
    const tampering = { id: change.id, at: change.at, cause: null, ...what };
    if (what.faults.length > 0) faulty.push(tampering);
    else told.push(await tell(tampering));
  }
  // Who writes a thousand rows hides nothing behind a thousand messages.
  const [first] = faulty;
  if (first !== undefined) {
    told.push(await tell({ ...first, faults: faulty.flatMap(({ faults }) => faults) }));
  }
  return { told };
}

/** Kept, and then said: whoever is told reads the row. What comes again is kept once, and said again. */
async function tell(tampering: TamperEvent): Promise<TamperEvent> {
  const { faults, changes } = tampering;
  const isNews = faults.length === 0;
  if (isNews) logger.info('the state table was changed by somebody who may approve', { changes });
  else logger.error('the state table was changed by somebody who may not approve', { faults });
  const incident = await tamperings.keep(tampering);
  const said = isNews ? 'Baseline Changed' : 'Guard Tampered';
  const [problem] = (await bus.put([{ event: said, detail: { incident } }])).values();
  if (problem !== undefined) throw problem;
  return tampering;
}

const lost = ({ from, to, count }: LostChanges): TamperEvent => ({
  id: fingerprint(JSON.stringify({ from, to, count })),
  at: new Date(to).toISOString(),
  cause: null,
  faults: [
    `${count} rows of the state table were changed from ${from} to ${to}, and what they were could not be told: npx trailkeeper history shows each version, and whether it is signed`,
  ],
  changes: [],
});
