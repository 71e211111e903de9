import { recordedIn } from '#aws/partitions.ts';
import type { Coverage, EventKind, Missing } from '#drift/history-model.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { KindHistory, ReplayInput, TimeRange } from './history.ts';
import { toldIn } from './replay.ts';

/** What is left of what a trail did not record. */
export type Recoverability = {
  /** What event history still has, account by account and Region by Region; null where nothing of it is missing. */
  readonly rebuildable: {
    readonly events: 'management';
    readonly accounts: string;
    readonly regions: string;
    /** When event history begins to forget it. */
    readonly until: string;
  } | null;
  /** Where it is to be had beside that, or what of it is in the wrong place, in words. */
  readonly elsewhere: string | null;
  /** The kinds of events that nobody has. */
  readonly gone: readonly EventKind[];
  /** Whether the chain of digest files holds, and when it broke or would break; null where it is not concerned. */
  readonly digests: { readonly status: 'whole' | 'broken'; readonly breaksAt: string } | null;
};

/** How long event history has what was called. Source: CloudTrail user guide, "Working with CloudTrail event history". */
export const historyDays = 90;

/** Source: CloudTrail API reference, UpdateTrail, `EnableLogFileValidation`. */
const digestsHoldFor = 60 * 60 * 1000;

/** What can still be rebuilt of what was missing in a window, and what is gone for good. */
export function recoverabilityOf(
  { scope, events, stopsDigests, elsewhere }: Missing,
  { from, to }: TimeRange,
  { reach, trail }: { readonly reach: Coverage; readonly trail: Trail },
): Recoverability {
  const missing = (events ?? reach.events).filter((kind) => reach.events.includes(kind));
  const breaksAt = later(from, digestsHoldFor);
  return {
    rebuildable: missing.includes('management')
      ? {
          events: 'management',
          ...placesOf(scope, reach, trail),
          until: later(from, historyDays * 24 * 60 * 60 * 1000),
        }
      : null,
    elsewhere,
    gone: elsewhere === null ? missing.filter((kind) => kind !== 'management') : [],
    digests:
      stopsDigests && reach.hasDigests
        ? { status: Date.parse(to) >= Date.parse(breaksAt) ? 'broken' : 'whole', breaksAt }
        : null,
  };
}

/** What a trail records that is as its baseline says; management events, where the baseline does not say. */
export function reachOf(
  history: Pick<ReplayInput, 'states'>,
  kinds: readonly KindHistory[],
): Coverage {
  const told = toldIn(history, kinds).map(({ past, desired }) => past.records?.(desired) ?? {});
  const events = told.flatMap((one) => one.events ?? []);
  return {
    isOfEveryRegion: false,
    isOfOrganization: false,
    hasDigests: false,
    ...Object.assign({}, ...told),
    events: events.length === 0 ? ['management'] : events,
  };
}

/** Whether there is anything in a place that a trail records. */
export const isRecorded = ({ scope }: Missing, reach: Coverage): boolean =>
  (scope !== 'member accounts' || reach.isOfOrganization) &&
  (scope !== 'other Regions' || reach.isOfEveryRegion);

function placesOf(scope: Missing['scope'], reach: Coverage, { region, accountId }: Trail) {
  const accounts = reach.isOfOrganization ? 'every account of the organization' : accountId;
  const regions = reach.isOfEveryRegion ? 'every Region' : region;
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

const later = (time: string, milliseconds: number): string =>
  new Date(Date.parse(time) + milliseconds).toISOString();
