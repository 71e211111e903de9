import type { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { RoleNotAssumedError } from '#aws/assume-role.ts';
import { isTransient, messageOf, nameOf } from '#aws/errors.ts';
import { lookUp } from '#backfill/event-history.ts';
import type { LogPlace } from '#log-files/log-folders.ts';
import { deliveredIds, deliveredIn } from './delivered.ts';
import { isDone } from './ledger.ts';
import { type LedgerBook, openLedger } from './ledger-book.ts';
import { logFileOf } from './log-file.ts';
import { type Part, partsOf } from './parts.ts';
import type { RecoverDeps } from './recover-deps.ts';
import type { Recovery } from './recovery.ts';
import type { Span } from './slots.ts';

/**
 * Recovers the events of one account, every Region at the same time, because each has its own quota. Returns whether all is done.
 * If a Region fails, the others go on first.
 */
export async function recoverAccount(
  { recovery, account }: { readonly recovery: Recovery; readonly account: string },
  deps: RecoverDeps,
): Promise<{ readonly done: boolean }> {
  const clientIn = deps.historyOf(account);
  const regions = recovery.regions.map((region) =>
    recoverRegion({ recovery, account, region, client: clientIn(region) }, deps),
  );
  await Promise.allSettled(regions);
  return { done: (await Promise.all(regions)).every(Boolean) };
}

type Job = {
  readonly recovery: Recovery;
  readonly account: string;
  readonly region: string;
  readonly client: CloudTrailClient;
};

/** Recovers one account and Region while there is time. Returns whether nothing is left to do. Transient errors are thrown. */
async function recoverRegion(job: Job, deps: RecoverDeps): Promise<boolean> {
  const { recovery, account, region } = job;
  const book = await openLedger(deps.bucket, recovery, { account, region }, deps.now);
  // A refused Region is tried again, because the permission may be there now.
  book.change({ isEnabled: true, refused: null });
  const { remaining } = book.current();
  if (remaining.length === 0) return true;
  try {
    await recoverSpans(job, remaining, book, deps);
  } catch (error) {
    if (nameOf(error) === notEnabled) book.change({ isEnabled: false });
    else if (!isRefusal(error)) throw error;
    else book.change({ refused: `${nameOf(error)}: ${messageOf(error)}` });
  } finally {
    await book.store();
  }
  return isDone(book.current());
}

/** Every span to its end, or as long as there is time. If one fails, the others go on first. */
async function recoverSpans(
  { recovery, account, region, client }: Job,
  remaining: readonly Span[],
  book: LedgerBook,
  { bucket, logBucket, hasTime }: RecoverDeps,
): Promise<void> {
  const log = logBucket(recovery.log.bucket);
  const delivered = await deliveredIn(
    log,
    { account, region, folder: folderIn(recovery.log.prefix, recovery, account) },
    recovery.intervals,
  );
  book.change({ notCompared: delivered.problem });
  const place = { account, region, folder: folderIn(recovery.prefix, recovery, account) };
  const spans = remaining.map(async (span) => {
    const idsOf = deliveredIds(log, delivered);
    const parts = partsOf(span, (range, token) => lookUp(client, range, token));
    for await (const part of parts) {
      const file = await write(part, await idsOf(part.slot), place);
      const { rest, events } = part;
      await book.add({ rest, file, delivered: events.length - (file?.events ?? 0) });
      if (!hasTime()) return;
    }
    await book.add({ rest: { ...span, to: span.from, part: 0 }, file: null, delivered: 0 });
  });
  await Promise.allSettled(spans);
  await Promise.all(spans);

  async function write({ events, ...part }: Part, known: ReadonlySet<string>, at: LogPlace) {
    const lost = events.filter(({ id }) => !known.has(id));
    if (lost.length === 0) return null;
    const { key, body, sha256, events: count } = logFileOf(at, part, lost);
    await bucket.store(key, body, sha256);
    return { key, events: count, sha256 };
  }
}

/** The folder of an account. Source: CloudTrail user guide, "Getting and viewing your CloudTrail log files". */
const folderIn = (
  prefix: string | null,
  { log: { organization } }: Recovery,
  account: string,
): string =>
  `${[prefix, 'AWSLogs', organization, account].filter((one) => one !== null).join('/')}/`;

/** Credentials are not valid in a Region that the account has not enabled. Source: IAM User Guide, "Managing AWS STS in an AWS Region". */
const notEnabled = 'UnrecognizedClientException';

/** Whether only a person can let the event history be read: a role or a permission is missing. */
const isRefusal = (error: unknown): boolean =>
  error instanceof RoleNotAssumedError || (!isTransient(error) && refusals.has(nameOf(error)));

const refusals = new Set([
  'AccessDeniedException',
  'OperationNotPermittedException',
  'UnsupportedOperationException',
]);
