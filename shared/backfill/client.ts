import { isTransient, messageOf, nameOf } from '#aws/errors.ts';
import type { BackfillAnswer } from './job.ts';
import { type BackfillReport, type BackfillState, isAbandoned } from './job-state.ts';
import type { ReportStore } from './report-store.ts';
import { InvalidPayloadError } from './request.ts';

/** What a person's own rights are needed for: to invoke the function, and to read the state table. */
export type BackfillClient = {
  /** Invokes the function with a payload and gives its answer. */
  readonly invoke: (payload: object) => Promise<unknown>;
  readonly reports: Pick<ReportStore, 'state' | 'read'>;
};

/** A backfill that failed, or that no one is at any more; the message says what to do. */
export class BackfillError extends Error {
  override readonly name = 'BackfillError' as const;
}

/**
 * Starts a backfill, or joins the one of the same window, and gives the key of its report. Throws `InvalidPayloadError` for
 * a payload that cannot be used.
 */
export async function startBackfill(
  { invoke }: BackfillClient,
  payload: object,
): Promise<BackfillAnswer> {
  const answer = (await invoke(payload)) as BackfillAnswer;
  if (answer.status === 'refused') throw new InvalidPayloadError(answer.problem ?? 'it is refused');
  return answer;
}

/** How far a backfill is, and its report once it is done; null where there is none of that key. */
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
  /** Reported how far it is each time that it got on. */
  readonly onProgress?: (state: BackfillState) => void;
  /** Reported why it cannot be read how far it is, where that passes. */
  readonly onProblem?: (problem: string) => void;
};

/**
 * Waits for a report. Throws `BackfillError` for a backfill that failed, that no one goes on with, or of which nothing could be read
 * for some time; it goes on meanwhile.
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
        `nothing was heard of it since ${state.updatedAt}${problem}: start it again, it goes on where it was; the log of the function says why it stopped`,
      );
    }
    if (state.version !== version) onProgress?.(state);
    version = state.version;
  }
}

const everyMs = 1000;

/** How often in a row it may fail to be read: the SDK has tried each time three times by then. */
const mostUnread = 30;
