import * as z from 'zod';
import { recordedIn } from '#aws/partitions.ts';
import type { Coverage, CoverageLoss, EventKind } from '#drift/history-model.ts';
import { type Of, text, textOf, time } from '#text/schema-parts.ts';
import { later, type TimeRange } from '#text/time.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { KindHistory, ReplayInput } from './history.ts';
import { replayedKinds } from './replayed-kind.ts';

/** Which of the events that a trail did not record can still be obtained, and which are lost. */
export const recoverability = z.strictObject({
  /** The events that event history still has, per account and Region, and when it starts to drop them; null if none are missing. */
  recoverable: z
    .strictObject({
      events: textOf<'management'>(),
      accounts: text,
      regions: text,
      until: time,
    })
    .nullable(),
  /** A sentence about where else the events are, or which are in the wrong place. */
  elsewhere: text.nullable(),
  /** The kinds of events that are lost. */
  lost: z.array(textOf<EventKind>()),
  /** Whether the chain of digest files is whole, and when it broke or would break; null if digest files are not affected. */
  digests: z.strictObject({ status: z.enum(['whole', 'broken']), breaksAt: time }).nullable(),
});

export type Recoverability = Of<typeof recoverability>;

/** The retention of event history in days. Source: CloudTrail user guide, "Working with CloudTrail event history". */
export const historyDays = 90;

/** Source: CloudTrail API reference, UpdateTrail, `EnableLogFileValidation`. */
const digestsHoldFor = { hours: 1 };

/** The recoverability of the events that were not recorded in a time range. */
export function recoverabilityOf(
  { scope, events, stopsDigestFiles, elsewhere }: CoverageLoss,
  { from, to }: TimeRange,
  { coverage, trail }: { readonly coverage: Coverage; readonly trail: Trail },
): Recoverability {
  const missing = (events ?? coverage.events).filter((kind) => coverage.events.includes(kind));
  const breaksAt = later(from, digestsHoldFor);
  return {
    recoverable: missing.includes('management')
      ? {
          events: 'management',
          ...scopeOf(scope, coverage, trail),
          until: later(from, { hours: historyDays * 24 }),
        }
      : null,
    elsewhere,
    lost: elsewhere === null ? missing.filter((kind) => kind !== 'management') : [],
    digests:
      stopsDigestFiles && coverage.hasDigestFiles
        ? { status: Date.parse(to) >= Date.parse(breaksAt) ? 'broken' : 'whole', breaksAt }
        : null,
  };
}

/** The events that a trail in sync records; management events if the baseline does not say. */
export function coverageOf(
  history: Pick<ReplayInput, 'states'>,
  kinds: readonly KindHistory[],
): Coverage {
  const parts = replayedKinds(history, kinds).map(
    ({ historyModel, desired }) => historyModel.coverage?.(desired) ?? {},
  );
  const events = parts.flatMap((one) => one.events ?? []);
  return {
    isMultiRegion: false,
    isOrganization: false,
    hasDigestFiles: false,
    ...Object.assign({}, ...parts),
    events: events.length === 0 ? ['management'] : events,
  };
}

/** Whether the trail covers the accounts of a loss at all. */
export const isRecorded = ({ scope }: CoverageLoss, coverage: Coverage): boolean =>
  scope !== 'member accounts' || coverage.isOrganization;

function scopeOf(scope: CoverageLoss['scope'], coverage: Coverage, { region, accountId }: Trail) {
  const accounts = coverage.isOrganization ? 'every account of the organization' : accountId;
  const regions = coverage.isMultiRegion ? 'every Region' : region;
  switch (scope) {
    case 'everywhere':
      return { accounts, regions };
    case 'other Regions':
      return { accounts, regions: `every Region but ${region}` };
    case 'global services':
      return { accounts, regions: recordedIn('iam', region) };
    case 'member accounts':
      return { accounts: 'every member account', regions };
  }
}
