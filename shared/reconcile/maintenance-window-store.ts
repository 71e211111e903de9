import * as z from 'zod';
import type { Row, Rows } from '#aws/state-table.ts';
import { windowEndPk, windowPk } from '#aws/state-table-keys.ts';
import { type Trust, verifySignature } from '#baseline/signing/signature.ts';
import { type Signing, signDocument } from '#baseline/signing/signer.ts';
import { jsonText } from '#text/json-text.ts';
import { describeIssues } from '#text/schema-messages.ts';
import {
  InvalidWindowError,
  isActive,
  type MaintenanceWindow,
  type SuspendableKind,
  windowSchema,
} from './maintenance-window.ts';

/** A stored window, and its early end, if someone ended it; or why the row is not a valid window. */
export type StoredWindow =
  | {
      readonly window: MaintenanceWindow;
      /** The id of the approver key that signed it; null if no keys are pinned. */
      readonly signedBy: string | null;
      readonly ended: EarlyEnd | null;
    }
  | {
      readonly key: string;
      readonly error: InvalidWindowError;
      /** When it would end if it were valid; null if unknown. */
      readonly until: string | null;
    };

/** Who ended a window early, when (ISO 8601) and why. */
type EarlyEnd = { readonly at: string; readonly by: string; readonly reason: string };

export type WindowStore = {
  /** The windows of one trail, of trailkeeper itself, or of all, whose planned end is after a time. */
  list(at: Date, trail?: MaintenanceWindow['trail']): Promise<readonly StoredWindow[]>;
  /** Signs and stores a new window. */
  add(window: MaintenanceWindow): Promise<void>;
  /** Ends a window early. This needs no signature, because it only resumes remediation. */
  end(window: MaintenanceWindow, end: EarlyEnd): Promise<void>;
};

/**
 * Maintenance windows in the state table: `{pk: "window", sk: ARN + "#" + id, document, signature}`, the document as the signed JSON text,
 * and `{pk: "window-end", sk: ARN + "#" + id, at, by, reason}` for those that were ended early.
 */
export function windowStore(
  rows: Rows,
  kinds: readonly SuspendableKind[],
  signing: Signing,
): WindowStore {
  const read = windowReader(kinds, signing.trust);
  /** The ends that this process has read, so that a window stays ended if that row is deleted. */
  const knownEnds = new Map<string, EarlyEnd>();
  return {
    async list(at, trail) {
      const prefix = trail === undefined ? '' : `${trail}#`;
      const range = { pk: windowPk, prefix, longest: maxLength };
      const current: StoredWindow[] = [];
      for await (const row of rows.each(range, maxRows)) {
        const stored = read(row);
        const until = 'window' in stored ? stored.window.until : stored.until;
        if (until === null || Date.parse(until) > at.getTime()) current.push(stored);
      }
      return Promise.all(
        current.map(async (stored) => {
          if ('error' in stored) return stored;
          const key = keyOf(stored.window);
          // Only for signed windows: an attacker can add any number of ends.
          const row = await rows.get(windowEndPk, key);
          const ended = row === null ? (knownEnds.get(key) ?? null) : endRow.parse(row);
          if (ended !== null) knownEnds.set(key, ended);
          return { ...stored, ended };
        }),
      );
    },
    async add(window) {
      const document = JSON.stringify(window);
      parse(document, windowSchema(kinds));
      if (document.length > maxLength) {
        throw new InvalidWindowError(
          `reason: is too long: a maintenance window has at most ${maxLength} characters`,
        );
      }
      const signature = await signDocument('window', document, signing);
      const isAdded = await rows.add({ pk: windowPk, sk: keyOf(window), document, signature });
      if (!isAdded) throw new InvalidWindowError(`id: ${window.id} is taken`);
    },
    async end(window, end) {
      await rows.add({ pk: windowEndPk, sk: keyOf(window), ...end });
    },
  };
}

/** The valid windows that are open at a time: they have begun, and neither ended nor were ended early. */
export const openWindows = (
  stored: readonly StoredWindow[],
  at: Date,
  maxHours: number,
): readonly MaintenanceWindow[] =>
  stored.flatMap((one) =>
    'window' in one && one.ended === null && isActive(one.window, at, maxHours) ? [one.window] : [],
  );

/** Reads a window from its row; its early end is in another row. */
export function windowReader(kinds: readonly SuspendableKind[], trust: Trust) {
  const schema = windowSchema(kinds);
  return ({ sk, document, signature }: Row): StoredWindow => {
    const text = String(document);
    try {
      if (text.length > maxLength) throw new InvalidWindowError('it is too long');
      const verified = verifySignature('window', text, signature, trust);
      if ('problem' in verified) {
        throw new InvalidWindowError(`it is not signed by an approver: ${verified.problem}`);
      }
      const window = parse(text, schema);
      if (keyOf(window) !== sk) throw new InvalidWindowError('trail, id: differ from its row key');
      return { window, signedBy: verified.signedBy, ended: null };
    } catch (error) {
      if (!(error instanceof InvalidWindowError)) throw error;
      return { key: String(sk), error, until: text.length > maxLength ? null : untilIn(text) };
    }
  };
}

/** In bytes. Anyone who can write to the table could add large rows; a window of all kinds is far shorter. */
const maxLength = 8192;

/** The most rows to read. A window that is not found suspends nothing. */
const maxRows = 1000;

const untilIn = (document: string): string | null =>
  jsonText(z.object({ until: z.iso.datetime() })).safeParse(document).data?.until ?? null;

function parse(document: string, schema: z.ZodType<MaintenanceWindow>): MaintenanceWindow {
  const result = jsonText(schema).safeParse(document);
  if (!result.success) throw new InvalidWindowError(describeIssues(result.error));
  return result.data;
}

const keyOf = ({ trail, id }: Pick<MaintenanceWindow, 'trail' | 'id'>): string => `${trail}#${id}`;

/** A malformed end still ends its window. */
const text = z.string().catch('unknown');
const endRow = z.object({ at: text, by: text, reason: text });
