import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { type Row, rowsIn } from '#aws/state-table.ts';
import { type Trust, verifySignatures } from '#baseline/signature.ts';
import { addSignature, type Signing } from '#baseline/signer.ts';
import { jsonText } from '#text/json-text.ts';
import { describeIssues } from '#text/schema-messages.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import {
  InvalidWindowError,
  type MaintenanceWindow,
  type SuspendableKind,
  windowSchema,
} from './maintenance-window.ts';

/** A Hold as it is stored, and its end before its time, if somebody ended it; or why the row can not be used. */
export type StoredWindow =
  | { readonly hold: MaintenanceWindow; readonly released: Release | null }
  | {
      readonly key: string;
      readonly error: InvalidWindowError;
      /** When it would be over, whatever it is worth; null where it does not say. */
      readonly until: string | null;
    };

/** Who ended a Hold before its time, when (ISO 8601) and why. */
export type Release = { readonly at: string; readonly by: string; readonly reason: string };

export type WindowStore = {
  /** The Holds that are not over at a time by what they say: those of one trail, or of every trail where none is named. */
  list(at: Date, trail?: TrailArn): Promise<readonly StoredWindow[]>;
  /** Signs a new Hold, and stores it. */
  add(hold: MaintenanceWindow): Promise<void>;
  /** Ends a Hold before its time. It needs no signature: what ends a truce is no risk. */
  release(hold: MaintenanceWindow, release: Release): Promise<void>;
};

/**
 * Holds in the state table. Rows: `{pk: "hold", sk: ARN + "#" + id, document, signatures}`, the document as the JSON text that
 * is signed, and `{pk: "released", sk: ARN + "#" + id, at, by, reason}`.
 */
export function windowStore(
  client: DynamoDBDocumentClient,
  table: string,
  kinds: readonly SuspendableKind[],
  { trust, signer }: Signing,
): WindowStore {
  const rows = rowsIn(client, table);
  const read = windowReader(kinds, trust);
  /** The ends of Holds that this process has seen: who takes a row away does not take an end back. */
  const ended = new Map<string, Release>();
  return {
    async list(at, trail) {
      const prefix = trail === undefined ? '' : `${trail}#`;
      const range = { pk: 'hold', prefix, longest: longestHold };
      const stored: StoredWindow[] = [];
      for await (const row of rows.each(range, mostRows)) {
        const one = read(row);
        const until = 'hold' in one ? one.hold.until : one.until;
        if (until === null || Date.parse(until) > at.getTime()) stored.push(one);
      }
      return Promise.all(stored.map((one) => ('hold' in one ? endedIn(one) : one)));
    },
    async add(hold) {
      const document = JSON.stringify(hold);
      parse(document, windowSchema(kinds));
      if (document.length > longestHold) {
        throw new InvalidWindowError(
          `reason: must be shorter, as a Hold has ${longestHold} characters at most`,
        );
      }
      const signing = { trust: oneOf(trust), signer };
      const { signatures } = await addSignature('hold', document, signing);
      await rows.put({ pk: 'hold', sk: keyOf(hold), document, signatures }, isNew);
    },
    async release(hold, release) {
      await rows.put({ pk: 'released', sk: keyOf(hold), ...release }, isNew);
    },
  };

  /** Who ended a Hold is read for what somebody signed alone: anyone may write any number of ends. */
  async function endedIn({ hold }: { readonly hold: MaintenanceWindow }): Promise<StoredWindow> {
    const key = keyOf(hold);
    const row = await rows.get('released', key);
    const released = row === null ? (ended.get(key) ?? null) : releaseRow.parse(row);
    if (released !== null) ended.set(key, released);
    return { hold, released };
  }
}

/** Reads a Hold off its row; who ended it is in another one. */
export function windowReader(kinds: readonly SuspendableKind[], trust: Trust) {
  const schema = windowSchema(kinds);
  return ({ sk, document, signatures }: Row): StoredWindow => {
    let until: string | null = null;
    try {
      if (String(document).length > longestHold)
        throw new InvalidWindowError('it is too long for one');
      const { missing, problems } = verifySignatures(
        'hold',
        String(document),
        signatures,
        oneOf(trust),
      );
      if (missing > 0) {
        until = untilIn(document);
        const nobody = 'it is not signed by anybody who may approve';
        throw new InvalidWindowError([nobody, ...problems].join(': '));
      }
      const hold = parse(document, schema);
      until = hold.until;
      if (keyOf(hold) !== sk) throw new InvalidWindowError('trail, id: are not those of its row');
      return { hold, released: null };
    } catch (error) {
      if (!(error instanceof InvalidWindowError)) throw error;
      return { key: String(sk), error, until };
    }
  };
}

/** In bytes: whoever writes to the table could have us read for ever. A Hold with all its kinds is shorter by far. */
const longestHold = 8192;

/** Rows that are looked at for Holds: one that is not found keeps nothing back. */
const mostRows = 1000;

/** When a Hold that nobody has signed would be over, if it were one. */
const untilIn = (document: unknown): string | null =>
  jsonText(z.object({ until: z.iso.datetime() })).safeParse(document).data?.until ?? null;

/** One key is enough: a truce is short, and told. */
const oneOf = ({ keys }: Trust): Trust => ({ keys, required: Math.min(1, keys.length) });

function parse(document: unknown, schema: z.ZodType<MaintenanceWindow>): MaintenanceWindow {
  const result = jsonText(schema).safeParse(document);
  if (!result.success) throw new InvalidWindowError(describeIssues(result.error));
  return result.data;
}

const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };

const keyOf = ({ trail, id }: Pick<MaintenanceWindow, 'trail' | 'id'>): string => `${trail}#${id}`;

/** Whatever it says, it ends the Hold. */
const said = z.string().catch('unknown');
const releaseRow = z.object({ at: said, by: said, reason: said });
