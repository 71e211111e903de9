import { createHash } from 'node:crypto';
import type { Rows } from '#aws/state-table.ts';
import { incidentKeys } from '#aws/state-table-keys.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import type { BackfillReport, BackfillState, Repair } from './job-state.ts';

/** Thrown if another invocation wrote the state of a backfill in the meantime. */
export class StaleStateError extends Error {
  override readonly name = 'StaleStateError' as const;
}

export type ReportStore = {
  state(key: string): Promise<BackfillState | null>;
  /** Writes the next version. Throws `StaleStateError` if the stored version is not the one that was read. */
  save(state: Omit<BackfillState, 'version'>, seen: BackfillState | null): Promise<BackfillState>;
  /** Stores the records of calls, each once. */
  keepCalls(key: string, records: readonly KeptRecord[]): Promise<void>;
  /** The stored records. */
  calls(key: string): AsyncIterable<unknown>;
  /** Stores the repair of a trail, so that no later failure loses it. */
  keepRepair(key: string, run: number, trail: string, repair: Repair): Promise<void>;
  /** The repair of a trail in a run; null if there was none yet. */
  repair(key: string, run: number, trail: string): Promise<Repair | null>;
  /** Stores a report and returns the number of its parts. */
  write(key: string, run: number, report: BackfillReport): Promise<number>;
  /** The report of a backfill that is done. */
  read(state: BackfillState): Promise<BackfillReport>;
};

/** A record with its time and id; the id is null if the record has none. */
export type KeptRecord = {
  readonly at: string;
  readonly eventId: string | null;
  readonly record: unknown;
};

/**
 * Reports in the state table, under a partition that functions may write: `{pk: "incident#backfill", sk: KEY + …}` with `#state`:
 * the state, as JSON; `#call#TIME#ID`: the record of a call; `#repair#RUN#TRAIL`: the repair of a trail, as JSON;
 * `#report#RUN#PART`: the report, as JSON in parts.
 */
export function reportStore(rows: Rows): ReportStore {
  return {
    async state(key) {
      const row = await rows.get(pk, `${key}#state`);
      return row && (JSON.parse(String(row.state)) as BackfillState);
    },

    async save(next, seen) {
      const state = { ...next, version: (seen?.version ?? 0) + 1 };
      const row = { pk, sk: `${next.key}#state`, version: state.version, state: ascii(state) };
      const isSaved =
        seen === null
          ? await rows.add(row)
          : await rows.putIf(row, {
              expression: 'version = :seen',
              values: { ':seen': seen.version },
            });
      if (!isSaved) throw new StaleStateError('another invocation continues');
      return state;
    },

    async keepCalls(key, records) {
      await Promise.all(
        records.map(({ at, eventId, record }) => {
          const text = ascii(record);
          const id = eventId ?? createHash('sha256').update(text).digest('hex');
          const sk = `${key}#call#${new Date(at).toISOString()}#${id}`;
          return rows.put({
            pk,
            sk,
            record: text.length > longest ? ascii(omitted(record)) : text,
          });
        }),
      );
    },

    async *calls(key) {
      for await (const { record } of rows.each({ pk, prefix: `${key}#call#` })) {
        yield JSON.parse(String(record));
      }
    },

    async keepRepair(key, run, trail, repair) {
      const sk = repairKey(key, run, trail);
      await rows.put({ pk, sk, repair: ascii(truncateForStorage(repair)) });
    },

    async repair(key, run, trail) {
      const row = await rows.get(pk, repairKey(key, run, trail));
      return row && (JSON.parse(String(row.repair)) as Repair);
    },

    async write(key, run, report) {
      const text = ascii(report);
      const count = Math.ceil(text.length / longest);
      for (let part = 0; part < count; part += 1) {
        const sk = partKey(key, run, part);
        await rows.put({ pk, sk, text: text.slice(part * longest, (part + 1) * longest) });
      }
      return count;
    },

    async read({ key, run, parts }) {
      const texts: string[] = [];
      for await (const { sk, text } of rows.each({ pk, prefix: `${key}#report#${run}#` })) {
        if (String(sk) < partKey(key, run, parts)) texts.push(String(text));
      }
      return JSON.parse(texts.join('')) as BackfillReport;
    },
  };
}

const pk = `${incidentKeys}backfill`;

const repairKey = (key: string, run: number, trail: string): string =>
  `${key}#repair#${run}#${trail}`;

const partKey = (key: string, run: number, part: number): string =>
  `${key}#report#${run}#${String(part).padStart(6, '0')}`;

/** In characters. A row holds 400 KB with its keys and names. */
const longest = 350_000;

/** JSON in ASCII: one byte for each character, so it can be split anywhere. */
const ascii = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A record without its request and response, as CloudTrail omits them if they are too large. */
const omitted = (record: unknown): unknown => ({
  ...(record as object),
  requestParameters: { omitted: true },
  responseElements: null,
});
