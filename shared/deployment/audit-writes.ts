import { isDeepStrictEqual } from 'node:util';
import type { Row } from '#aws/state-table.ts';
import { inForceCopyPk, windowEndPk, windowPk } from '#aws/state-table-keys.ts';
import type { RowChange } from '#aws/table-stream.ts';
import type { Baseline } from '#baseline/baseline.ts';
import type { BaselineStore } from '#baseline/baseline-store.ts';
import { baselineBefore, differences } from '#baseline/differences.ts';
import { isRetirement, type Version } from '#baseline/retirement.ts';
import { shortId } from '#baseline/signing/signature.ts';
import { copiedVersion, type VersionReader } from '#baseline/signing/version-chain.ts';
import { isVersionKey, readVersion } from '#baseline/version-rows.ts';
import type { DriftKind } from '#drift/kind.ts';
import type { RetiredTrail } from '#incident/tamper-event.ts';
import { windowReader } from '#reconcile/maintenance-window-store.ts';
import { renderRevision } from '#reconcile/render-plan.ts';
import { escapeControlChars } from '#text/escape.ts';
import { titleOf, trailArn } from '#trail/trail-arn.ts';

/** What to report about a row that was written or deleted: faults are writes that no approver signed. */
export type AuditedWrite = {
  readonly faults: readonly string[];
  readonly changes: readonly string[];
  readonly retired?: RetiredTrail;
};

export type AuditReader = VersionReader & {
  readonly kinds: readonly DriftKind[];
  readonly baselines: Pick<BaselineStore, 'history'>;
};

/** What to report about one write; null for the functions' own writes, and for those that change nothing. */
export async function auditWrite(
  change: RowChange,
  reader: AuditReader,
): Promise<AuditedWrite | null> {
  const { faults, changes, ...rest } = isVersionKey(change.sk)
    ? await auditVersion(change, reader)
    : ((await auditors[change.pk]?.(change, reader)) ?? nothing);
  if (faults.length + changes.length === 0) return null;
  return {
    ...rest,
    faults: faults.map(escapeControlChars),
    changes: changes.map(escapeControlChars),
  };
}

type Auditor = (change: RowChange, reader: AuditReader) => Promise<AuditedWrite> | AuditedWrite;

const auditors: Readonly<Record<string, Auditor>> = {
  [inForceCopyPk]: auditCopy,
  [windowPk]: auditWindow,
  [windowEndPk]: ({ sk, before }) =>
    before === null ? nothing : fault(`the end of maintenance window ${sk} was deleted or changed`),
};

const nothing: AuditedWrite = { faults: [], changes: [] };
const fault = (...faults: readonly string[]): AuditedWrite => ({ faults, changes: [] });
const news = (changes: readonly string[]): AuditedWrite => ({ faults: [], changes });

/** A signed document in a row, or why it is not valid. */
type Read<Content> =
  | { readonly content: Content; readonly text: string; readonly signedBy: string | null }
  | { readonly error: Error };

/** What the write of a signed, immutable row does. `name` names a valid content. */
function auditSigned<Content>(
  { before, after }: RowChange,
  read: (row: Row) => Read<Content>,
  name: (content: Content) => string,
): AuditedWrite | { readonly added: Content; readonly signed: string } {
  const [was, is] = [before && read(before), after && read(after)];
  const old = was !== null && 'content' in was ? was : null;
  const oldName = old && `${name(old.content)}, ${signature(old.signedBy)},`;
  if (is === null) return old === null ? nothing : fault(`${oldName} was deleted`);
  const isSame = old !== null && 'content' in is && is.text === old.text;
  if (isSame) return nothing;
  const changed = old === null ? [] : [`${oldName} was changed`];
  if ('error' in is) return fault(...changed, `${is.error.message}: it is ignored`);
  if (old !== null) return fault(...changed);
  return { added: is.content, signed: signature(is.signedBy) };
}

async function auditVersion(change: RowChange, reader: AuditReader): Promise<AuditedWrite> {
  const trail = trailArn.safeParse(change.pk).data;
  if (trail === undefined) {
    return fault(`a version of no trail was written: pk ${change.pk}, sk ${change.sk}`);
  }
  const read = (row: Row): Read<Version> => {
    const one = readVersion(row, trail, reader);
    if ('error' in one) return { error: new Error(`${titleOf(trail)}: ${one.error.message}`) };
    return { content: one.version, text: one.document, signedBy: one.signedBy };
  };
  const audited = auditSigned(change, read, nameOf);
  if (!('added' in audited)) return audited;
  const { added, signed } = audited;
  const lead = `${nameOf(added)} was stored, ${signed}`;
  if (isRetirement(added)) {
    const { trail: retired, retiredBy: by, reason } = added;
    return {
      ...news([`${lead}: the trail is retired`, `by ${by}: ${reason}`]),
      retired: { trail: retired, by, reason },
    };
  }
  return news([
    lead,
    `by ${added.capturedBy}: ${added.reason}`,
    ...(await changesIn(added, reader)),
  ]);
}

/** How a baseline differs from the one before it. */
async function changesIn(added: Baseline, { baselines }: AuditReader): Promise<readonly string[]> {
  const before = baselineBefore(await baselines.history(added.trail, maxRows), added.version);
  if (before === null) return [];
  return differences(before, added).map(renderRevision);
}

/** The most rows to read, because anyone who can write to the table could add any number. */
const maxRows = 200;

/** The functions write copies of newer versions; no one deletes one or writes an older one. */
async function auditCopy(
  { sk, before, after }: RowChange,
  reader: AuditReader,
): Promise<AuditedWrite> {
  const row = `the copy of the version in force of ${titleOf(sk)}`;
  const trail = trailArn.safeParse(sk).data;
  const versionIn = (one: Row | null) =>
    (trail && one && copiedVersion(one, trail, reader)?.version) ?? null;
  const [was, is] = [versionIn(before), versionIn(after)];
  if (after === null) return fault(`${row} was deleted`);
  if (is === null) return fault(`${row} was changed to one that no approver signed`);
  if (was !== null && was.version > is.version) {
    return fault(`${row} was changed from version ${was.version} to version ${is.version}`);
  }
  if (reader.trust.keys.length > 0 || (await isStored(is, reader))) return nothing;
  return {
    faults: [`${row} was changed to one that is not stored`],
    changes: [`${nameOf(is)}, unsigned, is in force`],
  };
}

/** Without keys, only the stored version proves that its copy is one. */
async function isStored(copy: Version, { baselines }: AuditReader): Promise<boolean> {
  const history = await baselines.history(copy.trail, maxRows);
  return history.some((one) => 'version' in one && isDeepStrictEqual(one.version, copy));
}

function auditWindow(change: RowChange, { kinds, trust }: AuditReader): AuditedWrite {
  const readWindow = windowReader(kinds, trust);
  const audited = auditSigned(
    change,
    (row) => {
      const stored = readWindow(row);
      if ('error' in stored) {
        return { error: new Error(`maintenance window ${change.sk}: ${stored.error.message}`) };
      }
      const { window: content, signedBy } = stored;
      return { content, text: String(row.document), signedBy };
    },
    () => `maintenance window ${change.sk}`,
  );
  if (!('added' in audited)) return audited;
  const { trail, kinds: suspended, from, until, by, reason } = audited.added;
  return news([
    `a maintenance window for ${titleOf(trail)} was stored, ${audited.signed}: ${suspended.join(', ')}, from ${from} to ${until}`,
    `by ${by}: ${reason}`,
  ]);
}

const nameOf = ({ trail, version }: Version): string => `version ${version} of ${titleOf(trail)}`;

const signature = (keyId: string | null): string =>
  keyId === null ? 'unsigned' : `signed by ${shortId(keyId)}`;
