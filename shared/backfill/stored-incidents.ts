import type { Row, Rows } from '#aws/state-table.ts';
import { incidentKeys } from '#aws/state-table-keys.ts';
import type { Gap } from '#gaps/gap.ts';
import type { Incident } from '#incident/incident.ts';
import { recordIn } from '#incident/incident-records.ts';
import type { TimeRange } from '#text/time.ts';
import type { ApiCall } from '#trail/api-call.ts';

/** What incidents contain about a trail in a time range. */
export type StoredIncidents = {
  /** The gaps that they found, as far as these are in the time range. */
  readonly gaps: readonly Gap[];
  readonly causes: readonly ApiCall[];
  /** The keys of rows that cannot be read. */
  readonly unreadable: readonly string[];
};

export type IncidentReader = (trail: string, window: TimeRange) => Promise<StoredIncidents>;

/** Reads the incidents of a trail from the state table: those that opened in a window, and earlier ones that lasted into it. */
export const incidentReader =
  (rows: Rows): IncidentReader =>
  async (trail, window) => {
    const pk = `${incidentKeys}${trail}`;
    // A sort key is a time and an id. The id is greater than nothing, and less than `~`.
    const opened = await Array.fromAsync(
      rows.each({ pk, between: [window.from, `${window.to}~`] }),
    );
    const earlier = await Array.fromAsync(
      rows.each({ pk, between: ['0', window.from], newestFirst: true }, mostEarlier),
    );
    const incidents = [...opened, ...earlier].flatMap(incidentsIn);
    return {
      gaps: incidents.flatMap((incident) => gapsIn(incident, window)),
      causes: incidents.flatMap((incident) => callsIn(incident, window)),
      unreadable: opened.filter((row) => recordIn(row) === null).map(({ sk }) => String(sk)),
    };
  };

/** How many incidents from before a window are read, latest first. */
const mostEarlier = 100;

function incidentsIn(row: Row): readonly Incident[] {
  const record = recordIn(row);
  return record !== null && 'incident' in record ? [record.incident] : [];
}

/** The gaps of an incident, cut to a window. An open gap lasts until its incident closes. */
const gapsIn = ({ gaps, closedAt }: Incident, window: TimeRange): readonly Gap[] =>
  gaps.flatMap((gap): readonly Gap[] => {
    const [from, to] = [Date.parse(gap.from), Date.parse(gap.to)];
    const [start, end] = [Date.parse(window.from), Date.parse(window.to)];
    const isOpen = (gap.isOpen && closedAt === null) || to > end;
    if (from > end || (!isOpen && to < start)) return [];
    const begin = from < start ? { from: window.from, isFromBefore: true as const } : {};
    return [{ ...gap, isOpen, ...begin, ...(isOpen && { to: window.to }) }];
  });

/** The calls of an incident that lasted into a window, or opened in it. */
function callsIn({ cause, calls, closedAt }: Incident, { from }: TimeRange): readonly ApiCall[] {
  if (closedAt !== null && closedAt < from) return [];
  const others = calls.map(({ call }) => call);
  const isListed = others.some(({ eventId }) => eventId === cause?.eventId);
  return cause === null || isListed ? others : [cause, ...others];
}
