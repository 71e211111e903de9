import type { Row, Rows } from '#aws/state-table.ts';
import { inForceCopyPk } from '#aws/state-table-keys.ts';

/**
 * The rows from which the watchtower knows the baselines: versions are read from the state table of the account that it watches, and
 * the copies of those in force are its own. If the state table cannot be read, it has no rows, and the copies stay in force.
 *
 * @param onUnreadable called with the failure of each read of the state table
 */
export function rowsWithCopies(
  own: Rows,
  watched: Rows,
  onUnreadable: (error: unknown) => void,
): Rows {
  async function* eachWatched(...range: Parameters<Rows['each']>): AsyncGenerator<Row> {
    try {
      yield* watched.each(...range);
    } catch (error) {
      onUnreadable(error);
    }
  }

  /** Trails of which there is no copy yet are listed in the state table alone. */
  async function* eachCopy(...range: Parameters<Rows['each']>): AsyncGenerator<Row> {
    const known = new Set<unknown>();
    for await (const row of own.each(...range)) {
      known.add(row.sk);
      yield row;
    }
    for await (const row of eachWatched(...range)) {
      if (!known.has(row.sk)) yield row;
    }
  }

  return {
    ...own,
    async get(pk, sk) {
      if (pk === inForceCopyPk) return own.get(pk, sk);
      try {
        return await watched.get(pk, sk);
      } catch (error) {
        onUnreadable(error);
        return null;
      }
    },
    each: (range, most) =>
      range.pk === inForceCopyPk ? eachCopy(range, most) : eachWatched(range, most),
  };
}
