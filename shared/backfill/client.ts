import { InvalidPayloadError, isTransient, messageOf, nameOf } from '#aws/errors.ts';
import type { BackfillAnswer } from './job.ts';
import {
  type BackfillReport,
  type BackfillState,
  isAbandoned,
  type StartedBackfill,
} from './job-state.ts';
import type { ReportStore } from './report-store.ts';

/** What the caller's own permissions are needed for: to invoke the function, and to read the state table. */
export type BackfillClient = {
  /** Invokes the function with a payload and returns its answer. */
  readonly invoke: (payload: object) => Promise<unknown>;
  readonly reports: Pick<ReportStore, 'state' | 'read'>;
};

/** Thrown for a backfill that failed, or on which no invocation works. The message says what to do. */
class BackfillError extends Error {
  override readonly name = 'BackfillError' as const;
}

/** Starts a backfill, or joins the one of the same payload, and returns the key of its report. Throws `InvalidPayloadError`. */
export async function startBackfill(
  { invoke }: BackfillClient,
  payload: object,
): Promise<StartedBackfill> {
  const answer = (await invoke(payload)) as BackfillAnswer;
  if (answer.status === 'refused') throw new InvalidPayloadError(answer.problem);
  return answer;
}

/** The state of a backfill, and its report once it is done; null if there is no backfill with this key. */
export async function readReport(
  { reports }: Pick<BackfillClient, 'reports'>,
  key: string,
): Promise<{ readonly state: BackfillState; readonly report: BackfillReport | null } | null> {
  const state = await reports.state(key);
  if (state === null) return null;
  return { state, report: state.status === 'done' ? await reports.read(state) : null };
}

export type Waiting = {
  readonly now: () => Date;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Called with each new version of the state. */
  readonly onProgress?: (state: BackfillState) => void;
  /** Called with the reason if the state cannot be read for now. */
  readonly onProblem?: (problem: string) => void;
};

/**
 * Waits for a report. Throws `BackfillError` if the backfill failed or is abandoned, or if its state could not be read for some
 * time, and the error of a read that will not succeed later.
 */
export async function waitForReport(
  client: Pick<BackfillClient, 'reports'>,
  key: string,
  { now, pause, onProgress, onProblem }: Waiting,
): Promise<BackfillReport> {
  let unread = 0;
  for (let version: number | null = null; ; await pause(everyMs)) {
    const found = await readReport(client, key).catch((error: unknown) => {
      unread += 1;
      const problem = `${nameOf(error)}: ${messageOf(error)}`;
      if (!isTransient(error)) throw error;
      if (unread > mostUnread) {
        throw new BackfillError(
          `it cannot be read how far the backfill is (${problem}), which goes on all the same: start it again with the same window, and it is joined`,
          { cause: error },
        );
      }
      onProblem?.(problem);
      return 'unread' as const;
    });
    if (found === 'unread') continue;
    unread = 0;
    if (found === null) throw new BackfillError(`there is no report ${key}: start the backfill`);
    const { state, report } = found;
    if (report !== null) return report;
    if (state.status === 'failed') throw new BackfillError(state.problem ?? 'it failed');
    if (isAbandoned(state, now())) {
      const problem = state.problem === null ? '' : ` (${state.problem})`;
      throw new BackfillError(
        `nothing was heard of it since ${state.updatedAt}${problem}: start it again, it continues where it was; the log of the function says why it stopped`,
      );
    }
    if (state.version !== version) onProgress?.(state);
    version = state.version;
  }
}

const everyMs = 1000;

/** Reads that may fail in a row. The SDK tries each of them three times. */
const mostUnread = 30;
