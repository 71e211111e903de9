import { endOf } from '#reconcile/maintenance-window.ts';
import type { StoredWindow } from '#reconcile/maintenance-window-store.ts';
import type { TimeRange } from '#text/time.ts';
import type { WindowEvidence } from './evidence.ts';

/** The maintenance windows that were open in a time range, and rows that are no valid windows. */
export const windowsIn = (
  stored: readonly StoredWindow[],
  range: TimeRange,
  maxHours: number,
): readonly WindowEvidence[] =>
  stored
    .map((one) => windowEvidence(one, maxHours))
    .filter((one) => 'problem' in one || isIn(one, range));

function windowEvidence(stored: StoredWindow, maxHours: number): WindowEvidence {
  if ('error' in stored) return { key: stored.key, problem: stored.error.message };
  const { window, signedBy, ended } = stored;
  const { id, kinds, from, by, reason } = window;
  const planned = endOf(window, maxHours);
  const isEarly = ended !== null && Date.parse(ended.at) < Date.parse(planned);
  return {
    ...{ id, kinds, from, by, reason, signedBy, ended },
    until: isEarly ? ended.at : planned,
  };
}

const isIn = (window: TimeRangeUntil, range: TimeRange): boolean =>
  Date.parse(window.from) <= Date.parse(range.to) &&
  Date.parse(window.until) >= Date.parse(range.from);

type TimeRangeUntil = { readonly from: string; readonly until: string };
