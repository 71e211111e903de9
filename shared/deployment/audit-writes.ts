import type { Row } from '#aws/state-table.ts';
import { gateKey, inForceCopyPk } from '#aws/state-table-keys.ts';
import type { RowChange } from '#aws/table-stream.ts';
import { type Baseline, InvalidBaselineError } from '#baseline/baseline.ts';
import type { BaselineStore } from '#baseline/baseline-store.ts';
import { noVersion, numberIn, numberOfKey, versionPrefix } from '#baseline/baseline-store.ts';
import { differences } from '#baseline/capture.ts';
import { isRetirement } from '#baseline/retirement.ts';
import { shortId, type Trust, verifySignatures } from '#baseline/signature.ts';
import { type Signed, signedVersion, versionNumber } from '#baseline/version-chain.ts';
import type { DriftKind } from '#drift/kind.ts';
import { armedIn } from '#reconcile/gate-store.ts';
import { windowReader } from '#reconcile/maintenance-window-store.ts';
import { renderValue } from '#reconcile/render-plan.ts';
import { escapeControlChars } from '#text/escape.ts';
import { parseTrailArn, type TrailArn, trailArn } from '#trail/trail-arn.ts';

/** What is told of a row that was written or deleted; faults are what nobody who may approve has signed. */
export type AuditedWrite = {
  readonly faults: readonly string[];
  readonly changes: readonly string[];
};

export type ChangeReader = {
  readonly kinds: readonly DriftKind[];
  readonly trust: Trust;
  readonly baselines: Pick<BaselineStore, 'history'>;
};

/** What there is to tell of one row; null for what the functions themselves write, and for what is told otherwise. */
export async function auditWrite(
  change: RowChange,
  reader: ChangeReader,
): Promise<AuditedWrite | null> {
  const { pk, sk } = change;
  const told = sk.startsWith(versionPrefix)
    ? await ofVersion(change, reader)
    : ((await byPartition[pk]?.(change, reader)) ?? null);
  return (
    told && {
      faults: told.faults.map(escapeControlChars),
      changes: told.changes.map(escapeControlChars),
    }
  );
}

type Teller = (
  change: RowChange,
  reader: ChangeReader,
) => Promise<AuditedWrite | null> | AuditedWrite | null;

const byPartition: Readonly<Record<string, Teller>> = {
  current: ofPointer,
  [inForceCopyPk]: ofCopy,
  [gateKey]: ofGate,
  hold: ofHold,
  released: ofRelease,
};

const fault = (...faults: readonly string[]): AuditedWrite => ({ faults, changes: [] });
const news = (...changes: readonly string[]): AuditedWrite => ({ faults: [], changes });

async function ofVersion(change: RowChange, reader: ChangeReader): Promise<AuditedWrite | null> {
  const { pk, sk, before, after } = change;
  const identity = trailArn.safeParse(pk);
  if (!identity.success) return fault(`a row of no trail was written: pk ${pk}, sk ${sk}`);
  const trail = identity.data;
  const title = titleOf(trail);
  const read = (row: Row | null) => row && readingOf(row, trail, sk, reader);
  const [was, is] = [read(before), read(after)];
  const wasSigned = was !== null && 'version' in was;

  if (is === null) {
    return wasSigned
      ? fault(`${nameOf(was, title)}, ${signersOf(was)}, was deleted`)
      : news(`a version of ${title} that nobody had signed was deleted: ${sk}`);
  }
  const isEdited = wasSigned && (!('version' in is) || was.document !== is.document);
  const edited = isEdited ? [`${nameOf(was, title)}, ${signersOf(was)}, was changed`] : [];
  if ('error' in is) return fault(...edited, `${title}: ${is.error.message}: it is not used`);
  if (isEdited) return fault(...edited);
  if (wasSigned && was.signers.length > is.signers.length) {
    return fault(`signatures were taken away from ${nameOf(was, title)}`);
  }
  return news(...(await linesOf(is, title, reader)));
}

/** What a version that verifies says, and how it differs from the one before. */
async function linesOf(
  signed: Signed,
  title: string,
  { baselines }: ChangeReader,
): Promise<readonly string[]> {
  const { version, missing } = signed;
  const waits = missing > 0 ? `; it waits for ${missing} more signature` : '';
  const lead = `${nameOf(signed, title)} was stored, ${signersOf(signed)}${waits}`;
  if (isRetirement(version)) {
    const { retiredBy, reason } = version;
    return [`${lead}: the trail is no longer guarded`, `by ${retiredBy}: ${reason}`];
  }
  const by = `by ${version.capturedBy}: ${version.reason}`;
  const history = await baselines.history(version.trail, mostRows);
  const before = await baselineBefore(version, history);
  if (before === null) return [lead, by];
  const changes = differences(before, version).map(
    ({ path, desired, actual }) => `${path} is ${renderValue(actual)}, was ${renderValue(desired)}`,
  );
  return [lead, by, ...changes];
}

/** Rows that are looked at for the version before: whoever writes to the table could have us read for ever, and tell nothing. */
const mostRows = 200;

async function baselineBefore(
  { version: number }: Baseline,
  history: Awaited<ReturnType<BaselineStore['history']>>,
): Promise<Baseline | null> {
  for (const one of history) {
    const isUsable = 'version' in one && one.missing === 0 && one.number < number;
    if (isUsable && !isRetirement(one.version)) return one.version;
  }
  return null;
}

/** Where a pointer goes, its version goes with it, and that is told. */
function ofPointer({ sk, before, after }: RowChange): AuditedWrite | null {
  const row = `the row with pk "current" of ${titleOf(sk)}`;
  if (after === null) return fault(`${row} was deleted: it is not obeyed`);
  const [was, is] = [before, after].map((one) => (one === null ? null : numberIn(one.version)));
  if (is === null || is === undefined) return fault(`${row} says no version: it is not obeyed`);
  if (was === null || was === undefined || was < is) return null;
  return fault(`${row} was moved back from version ${was} to version ${is}: it is not obeyed`);
}

/** A copy is written by the functions, and goes forward alone. */
function ofCopy({ sk, before, after }: RowChange, reader: ChangeReader): AuditedWrite | null {
  const row = `the copy of the version of ${titleOf(sk)} that is in force`;
  if (after === null) return fault(`${row} was deleted`);
  const identity = trailArn.safeParse(sk);
  const [was, is] = [before, after].map((one) => {
    if (one === null || !identity.success) return null;
    const reading = readingOf(one, identity.data, null, reader);
    const isWhole = 'version' in reading && reading.missing === 0;
    return isWhole ? reading.version.version : null;
  });
  if (is === null || is === undefined) return fault(`${row} was changed to what nobody has signed`);
  if (was === null || was === undefined || was <= is) return null;
  return fault(`${row} was changed from version ${was} to version ${is}`);
}

/** What is armed is written by the functions, and grows: what it loses leaves drift to a person that was restored before. */
async function ofGate(
  { sk, before, after }: RowChange,
  { baselines }: ChangeReader,
): Promise<AuditedWrite | null> {
  const row = `the row that says what of ${titleOf(sk)} is armed`;
  if (after === null) return fault(`${row} was deleted`);
  const [was, is] = [before, after].map((one) => one && armedIn(one.armed));
  if (is === null || is === undefined) return fault(`${row} says nothing that can be used`);
  const identity = trailArn.safeParse(sk);
  const stored = identity.success ? await baselines.history(identity.data, mostRows) : [];
  const signed = stored.filter((one) => 'version' in one && one.missing === 0);
  if (signed.every(({ number }) => number !== is.version)) {
    return fault(`${row} was changed to version ${is.version}, which nobody has signed`);
  }
  if (was === null || was === undefined || was.version < is.version) return null;
  const lost = was.kinds.filter((kind) => !is.kinds.includes(kind));
  if (was.version === is.version && lost.length === 0) return null;
  return fault(
    was.version === is.version
      ? `${row} was changed: it no longer says ${lost.join(', ')}`
      : `${row} was changed from version ${was.version} to version ${is.version}`,
  );
}

function ofHold({ sk, before, after }: RowChange, { kinds, trust }: ChangeReader): AuditedWrite {
  const read = windowReader(kinds, trust);
  const was = before && read(before);
  const wasSigned = was !== null && 'hold' in was;
  if (after === null) {
    return wasSigned
      ? fault(`the Hold ${sk} was deleted: what it says no longer counts`)
      : news(`a Hold that nobody had signed was deleted: ${sk}`);
  }
  const is = read(after);
  if ('error' in is) return fault(`the Hold ${sk} is not kept: ${is.error.message}`);
  const { trail, kinds: held, from, until, by, reason } = is.hold;
  const { signers } = verifySignatures('hold', String(after.document), after.signatures, trust);
  return news(
    `a Hold on ${titleOf(trail)} was stored, signed by ${namesOf(signers)}: ${held.join(', ')}, from ${from} to ${until}`,
    `by ${by}: ${reason}`,
  );
}

/** That a Hold was ended is told when it has. */
function ofRelease({ sk, before }: RowChange): AuditedWrite | null {
  return before === null ? null : fault(`the end of the Hold ${sk} was taken back, or changed`);
}

function readingOf(
  row: Row,
  trail: TrailArn,
  sk: string | null,
  { kinds, trust }: ChangeReader,
): Signed | { readonly error: Error } {
  try {
    const number = sk === null ? versionNumber(row) : numberOfKey(sk);
    if (number === null) throw noVersion(sk);
    return signedVersion(row, { trail, number }, { kinds, trust });
  } catch (error) {
    if (error instanceof InvalidBaselineError) return { error };
    throw error;
  }
}

const nameOf = ({ version }: Signed, title: string): string =>
  `version ${version.version} of ${title}`;

const signersOf = ({ signers }: Signed): string => `signed by ${namesOf(signers)}`;

const namesOf = (signers: readonly string[]): string =>
  signers.length === 0 ? 'nobody' : signers.map(shortId).join(' and ');

function titleOf(arn: string): string {
  const identity = trailArn.safeParse(arn);
  if (!identity.success) return arn;
  const { name, region } = parseTrailArn(identity.data);
  return `${name} (${region})`;
}
