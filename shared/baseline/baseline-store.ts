import { isDeepStrictEqual } from 'node:util';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, NumberValue } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { type Condition, type Row, rowsIn } from '#aws/state-table.ts';
import { inForceCopyPk } from '#aws/state-table-keys.ts';
import { escapeControlChars } from '#text/escape.ts';
import { describeIssues, must } from '#text/schema-messages.ts';
import { type TrailArn, trailArn } from '#trail/trail-arn.ts';
import {
  type Baseline,
  InvalidBaselineError,
  type NewBaseline,
  type StateSchema,
} from './baseline.ts';
import {
  isRetirement,
  type NewRetirement,
  parseVersion,
  type Retirement,
  type Version,
} from './retirement.ts';
import { hashOf } from './signature.ts';
import { addSignature, type Signing } from './signer.ts';
import {
  type Chain,
  chainOf,
  newerCopy,
  type Reading,
  type Signed,
  signedVersion,
  versionNumber,
} from './version-chain.ts';

/** A guarded trail: the baseline in force, or why there is none. */
export type Guarded = Seen & ({ readonly baseline: Baseline } | { readonly error: Error });

/** A trail that was guarded. */
export type Retired = Seen & { readonly retirement: Retirement };

export type KnownTrail = Guarded | Retired;

type Seen = {
  readonly trail: string;
  /** The version that its row `current` names. */
  readonly version: unknown;
  /** What of its versions is not as those who signed left it, for people. */
  readonly faults: readonly string[];
  /** The ids of the pinned keys that have signed the version in force. */
  readonly signers: readonly string[];
  /** How `current` differs from the version in force, for people: for a moment it does while one is stored. */
  readonly lag: string | null;
};

/** A version as it is stored, or why it can not be used. */
export type StoredVersion = { readonly number: number } & (
  | Pick<Signed, 'version' | 'signers' | 'missing'>
  | { readonly error: Error }
);

/** A version that was stored. It is in force unless signatures are missing. */
export type Added<Content> = { readonly version: Content; readonly missing: number };

export type BaselineStore = {
  /** Every guarded trail. A row that can not be used is told in its place and hides no other. */
  list(): Promise<readonly Guarded[]>;
  /** Every trail that is guarded or was. */
  known(): Promise<readonly KnownTrail[]>;
  /** One trail, or null where it was never guarded. */
  find(trail: TrailArn): Promise<KnownTrail | null>;
  /** The newest baseline of a trail that verifies, whether or not the trail is guarded; null where there is none. */
  newestValid(trail: TrailArn): Promise<Baseline | null>;
  /** Every version of a trail, the newest first; or no more than so many rows. */
  history(trail: TrailArn, most?: number): Promise<readonly StoredVersion[]>;
  /** Signs and stores the next version. Throws `BaselineConflictError` where somebody else was faster. */
  add(baseline: NewBaseline, replaces: KnownTrail | null): Promise<Added<Baseline>>;
  /** The same with the version that ends the guarding of a trail. */
  retire(retirement: NewRetirement, replaces: KnownTrail): Promise<Added<Retirement>>;
  /** The newest version that waits for a signature, or null. */
  pending(trail: TrailArn): Promise<Signed | null>;
  /** Signs a version that waits for it, by a second key. */
  cosign(trail: TrailArn, pending: Signed): Promise<Added<Version>>;
  /** Keeps a copy of each version that this process has last seen in force, beside the versions. */
  keepCopies(): Promise<void>;
};

/** Thrown when the current version is not the one that the writer had read. */
export class BaselineConflictError extends Error {
  override readonly name = 'BaselineConflictError' as const;
}

export type BaselineStoreOptions = Signing & {
  /** Trails that must be guarded, whatever the table says. */
  readonly trails?: readonly TrailArn[];
};

/**
 * Baselines in the state table. Rows:
 * `{pk: ARN, sk: "baseline#000001", document, signatures}`, immutable but for signatures that are added, the document as the JSON
 * text that is signed: a baseline, or a retirement;
 * `{pk: "current", sk: ARN, version}`, moved by conditional write: it names the trail and settles who was faster, and does not say
 * what is in force;
 * `{pk: "incident#seen", sk: ARN, document, signatures}`, a copy of the version in force, kept by the functions.
 * Whoever may write to the table may write all of these. What is in force follows from signatures alone.
 */
export function baselineStore(
  client: DynamoDBDocumentClient,
  table: string,
  kinds: readonly StateSchema[],
  { trust, signer, trails: named = [] }: BaselineStoreOptions,
): BaselineStore {
  /** What this process has seen in force, and the copy of it in the table. */
  const remembered = new Map<string, { signed: Signed; copied: Row | null }>();
  const rows = rowsIn(client, table);
  return {
    list,
    known,
    find,
    newestValid,
    history,
    add: addVersion as BaselineStore['add'],
    retire: addVersion as BaselineStore['retire'],
    pending: async (trail) => (await chain(trail)).pending[0] ?? null,
    cosign,
    keepCopies,
  };

  async function list(): Promise<readonly Guarded[]> {
    return (await known()).flatMap((one): Guarded[] => {
      if (!('retirement' in one)) return [one];
      return named.some((trail) => trail === one.trail) ? [mustNot(one)] : [];
    });
  }

  /** A trail that must be guarded and is retired is one without a baseline. */
  function mustNot({ retirement, ...seen }: Retired): Guarded {
    const problem = `the configuration says that it must be guarded, and version ${retirement.version} says that it no longer is. Capture it again, or take it out of trails in cdk.json and deploy`;
    return { ...seen, error: invalid(problem) };
  }

  /** Where the table can not be read, what this process has seen in force is guarded on. */
  async function known(): Promise<readonly KnownTrail[]> {
    try {
      return await stored();
    } catch (error) {
      if (remembered.size === 0) throw error;
      return [...remembered].map(([trail, { signed }]) => recalled(trail, signed, error));
    }
  }

  async function stored(): Promise<readonly KnownTrail[]> {
    const [pointers, copies] = await Promise.all([
      Array.fromAsync(rows.each({ pk: 'current' }, mostTrails)),
      Array.fromAsync(rows.each({ pk: inForceCopyPk }, mostTrails)),
    ]);
    const rowOf = new Map<unknown, Row>(pointers.map((row) => [row.sk, row]));
    const arns = [
      ...copies.map(({ sk }) => sk).filter((sk) => trailArn.safeParse(sk).success),
      ...remembered.keys(),
      ...named,
    ];
    for (const arn of arns) if (!rowOf.has(arn)) rowOf.set(arn, { sk: arn });
    const copyOf = new Map(copies.map((row) => [row.sk, row]));
    const elsewhere = copies.length < mostTrails ? null : undefined;
    const all = await Promise.all(
      [...rowOf].map(([arn, pointer]) => follow(pointer, copyOf.get(arn) ?? elsewhere)),
    );
    return all.filter((one) => one !== null);
  }

  async function find(trail: TrailArn): Promise<KnownTrail | null> {
    const [pointer, copy] = await Promise.all([
      rows.get('current', trail),
      rows.get(inForceCopyPk, trail),
    ]);
    return follow(pointer ?? { sk: trail }, copy);
  }

  /** What fails on one row is told of that row alone. Null where nothing says that a trail is guarded. */
  async function follow(pointer: Row, copy: Row | null | undefined): Promise<KnownTrail | null> {
    const { sk: trail, version } = pointer;
    const seen = { trail: String(trail), version, faults: [], signers: [], lag: null };
    try {
      const { sk: arn } = parseRow(pointerKey, pointer);
      const { inForce, faults } = await chain(arn, copy);
      if (inForce !== null) {
        const current = inForce.version;
        return {
          ...seen,
          faults: faults.map((fault) => withRemedy(fault, arn)),
          signers: inForce.signers,
          lag: lagOf(pointer, current, arn),
          ...(isRetirement(current) ? { retirement: current } : { baseline: current }),
        };
      }
      const isNamed = named.includes(arn);
      if (pointer.pk === undefined && !isNamed && faults.length === 0) return null;
      throw invalid([...faults, ...nothingIn(pointer, isNamed)].join('; '));
    } catch (cause) {
      const last = remembered.get(String(trail));
      return last === undefined || cause instanceof InvalidBaselineError
        ? { ...seen, error: explained(cause, trail) }
        : recalled(String(trail), last.signed, cause);
    }
  }

  function recalled(trail: string, { version, signers }: Signed, cause: unknown): KnownTrail {
    const fault = `${trail}: the state table can not be read (${explained(cause, trail).message}): version ${version.version}, which was in force, is used`;
    return {
      trail,
      version: version.version,
      faults: [escapeControlChars(fault)],
      signers,
      lag: null,
      ...(isRetirement(version) ? { retirement: version } : { baseline: version }),
    };
  }

  async function chain(trail: TrailArn, copyRow?: Row | null): Promise<Chain> {
    const row = copyRow === undefined ? await rows.get(inForceCopyPk, trail) : copyRow;
    const copy = newerCopy(copyIn(row, trail), remembered.get(trail)?.signed ?? null);
    const readings = await readingsFor(trail, copy);
    const found = chainOf(readings, copy, trust);
    if (found.inForce !== null && trust.keys.length > 0) {
      const copied = row && { document: row.document, signatures: row.signatures };
      remembered.set(trail, { signed: found.inForce, copied });
    }
    return found;
  }

  /**
   * What to look for the version in force in, the newest first. Somebody may have put more rows above it than are looked at: what
   * follows the copy is then found from there. Of a trail that only a row names, which anyone may have written, one page is read.
   */
  async function readingsFor(trail: TrailArn, copy: Signed | null): Promise<readonly Reading[]> {
    const isOnlyNamed = trust.keys.length > 0 && copy === null && !named.includes(trail);
    const range = { ...versionsOf(trail), ...(isOnlyNamed && { onePage: true as const }) };
    const newest: Reading[] = [];
    const seen = new Set<unknown>();
    for await (const row of rows.each(range, mostRows)) {
      newest.push(readingOf(row, trail));
      seen.add(row.sk);
    }
    if (copy === null || newest.length < mostRows) return newest;
    const from = copy.version.version;
    const keys = Array.from({ length: mostRows + 1 }, (_, i) => versionKey(from + i)).toReversed();
    const following = await Promise.all(
      keys
        .filter((sk) => !seen.has(sk))
        .map(async (sk) => {
          const row = await rows.get(trail, sk);
          return row === null ? [] : [readingOf(row, trail)];
        }),
    );
    return [...newest, ...following.flat()];
  }

  /** A copy is worth what its signatures are; one that nobody signed is none. */
  function copyIn(row: Row | null, trail: TrailArn): Signed | null {
    if (row === null || trust.keys.length === 0) return null;
    try {
      const number = versionNumber(row);
      const copy = signedVersion(row, { trail, number }, { kinds, trust });
      return copy.missing === 0 ? copy : null;
    } catch (error) {
      if (error instanceof InvalidBaselineError) return null;
      throw error;
    }
  }

  async function keepCopies(): Promise<void> {
    const kept = [...remembered].map(async ([trail, { signed, copied }]) => {
      const { document, signatures } = signed;
      const copy = { document, signatures };
      if (isDeepStrictEqual(copied, copy)) return;
      await rows.put({ pk: inForceCopyPk, sk: trail, ...copy });
      remembered.set(trail, { signed, copied: copy });
    });
    // One that fails keeps no other back.
    for (const one of await Promise.allSettled(kept)) {
      if (one.status === 'rejected') throw one.reason;
    }
  }

  async function addVersion(
    content: NewBaseline | NewRetirement,
    replaces: KnownTrail | null,
  ): Promise<Added<Version>> {
    const { schema, trail, ...rest } = content;
    const { inForce, pending } = await chain(trail);
    const previous = inForce === null ? null : hashOf(inForce.document);
    const version = await freeNumber(trail, [...pending, ...(inForce === null ? [] : [inForce])]);
    const document = JSON.stringify({ schema, trail, version, previous, ...rest });
    const added = parseVersion(document, kinds);
    const { signatures, missing } = await addSignature('version', document, { trust, signer });
    // Who is faster is settled before there is a version to be in force.
    if (missing === 0) await moveCurrent(trail, version, replaces?.version);
    await put(
      { pk: trail, sk: versionKey(version), document, signatures },
      { ConditionExpression: 'attribute_not_exists(pk)' },
    );
    return { version: added, missing };
  }

  /** The number after every version that somebody has signed, under which there is no row. */
  async function freeNumber(trail: TrailArn, signed: readonly Signed[]): Promise<number> {
    const highest = Math.max(0, ...signed.map(({ version }) => version.version));
    for (let number = highest + 1; number <= highest + mostRows; number += 1) {
      if ((await rows.get(trail, versionKey(number))) === null) return number;
    }
    throw invalid(
      `there are ${mostRows} rows after version ${highest} that nobody has signed: delete those with pk ${JSON.stringify(trail)} and sk ${JSON.stringify(versionKey(highest + 1))} and above from the state table, and find out who wrote them`,
    );
  }

  async function cosign(trail: TrailArn, pending: Signed): Promise<Added<Version>> {
    const { version, document, signatures: before } = pending;
    const pointer = await rows.get('current', trail);
    const { inForce } = await chain(trail);
    const previous = inForce === null ? null : hashOf(inForce.document);
    // Where more have to sign than did, nothing is in force until they have.
    if (inForce !== null && version.previous !== previous) {
      throw new BaselineConflictError(
        `version ${version.version} was made when another one was in force: look at it, then capture again`,
      );
    }
    const signing = { trust, signer };
    const { signatures, missing } = await addSignature('version', document, signing, before);
    if (missing === 0) await moveCurrent(trail, version.version, pointer?.version);
    await put(
      { pk: trail, sk: versionKey(version.version), document, signatures },
      {
        // Signatures are added, and never replaced.
        ConditionExpression: 'document = :document AND size(signatures) = :before',
        ExpressionAttributeValues: { ':document': document, ':before': before.length },
      },
    );
    return { version, missing };
  }

  function moveCurrent(trail: TrailArn, version: number, seen: unknown): Promise<void> {
    return put({ pk: 'current', sk: trail, version }, stillIs(seen));
  }

  async function newestValid(trail: TrailArn): Promise<Baseline | null> {
    const { inForce } = await chain(trail);
    if (inForce !== null && !isRetirement(inForce.version)) return inForce.version;
    for await (const row of rows.each(versionsOf(trail))) {
      const reading = readingOf(row, trail);
      const isUsable = 'version' in reading && reading.missing === 0;
      if (isUsable && !isRetirement(reading.version)) return reading.version;
    }
    return null;
  }

  async function history(trail: TrailArn, most?: number): Promise<readonly StoredVersion[]> {
    const stored = rows.each(versionsOf(trail), most);
    return Array.fromAsync(stored, (row) => readingOf(row, trail));
  }

  function readingOf(row: Row, trail: TrailArn): Reading {
    const number = numberOfKey(row.sk);
    if (number === null) return { number: 0, error: noVersion(row.sk) };
    try {
      return { number, ...signedVersion(row, { trail, number }, { kinds, trust }) };
    } catch (error) {
      if (!(error instanceof InvalidBaselineError)) throw error;
      return { number, error };
    }
  }

  async function put(item: Row, condition: Condition): Promise<void> {
    try {
      await rows.put(item, condition);
    } catch (cause) {
      if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
      throw new BaselineConflictError(
        'another version of this baseline was stored meanwhile: look at it, then capture again',
        { cause },
      );
    }
  }
}

/** Rows that are looked at for the version in force: whoever writes to the table could have us read for ever. */
const mostRows = 100;

/**
 * Rows that are looked at for the trails that are guarded, beside those that the configuration names and those that this process
 * knows. An account has no more trails: five in a Region.
 */
const mostTrails = 100;

export const versionPrefix = 'baseline#';
export const versionKey = (version: number): string =>
  `${versionPrefix}${String(version).padStart(6, '0')}`;

/** The number in the key of a version; null for a key of another form, under which no version is ever stored. */
export function numberOfKey(sk: unknown): number | null {
  const number = Number(String(sk).slice(versionPrefix.length));
  return sk === versionKey(number) ? number : null;
}

/** Why a row whose key is of another form is no version. */
export const noVersion = (sk: unknown): InvalidBaselineError =>
  invalid(
    `the row with sk ${JSON.stringify(sk)} is no version, as no version has such a key: delete it from the state table, and find out who wrote it`,
  );

const versionsOf = (pk: TrailArn) => ({ pk, prefix: versionPrefix, newestFirst: true }) as const;

/** The condition under which `current` may move: it still says what its reader saw. */
const stillIs = (version: unknown): Condition =>
  version === undefined
    ? { ConditionExpression: 'attribute_not_exists(version)' }
    : {
        ConditionExpression: 'version = :seen',
        ExpressionAttributeValues: { ':seen': version },
      };

const pointerKey = z.object({ sk: trailArn });

/** The version that a row names, or null. */
export const numberIn = (version: unknown): number | null =>
  pointedAt.safeParse(version).data ?? null;

const pointedAt = z.preprocess(
  (version) => (version instanceof NumberValue ? Number(version.toString()) : version),
  z.int(must('be a whole number')).min(1, must('be 1 or more')),
);

function lagOf(row: Row, { version }: Version, trail: TrailArn): string | null {
  const pointed = pointedAt.safeParse(row.version);
  if (pointed.success && pointed.data === version) return null;
  return withRemedy(`${pointerSays(row)}, and version ${version} is in force`, trail);
}

function pointerSays(row: Row): string {
  if (row.pk === undefined) return 'the row with pk "current" is gone';
  const pointed = pointedAt.safeParse(row.version);
  return pointed.success
    ? `the row with pk "current" says version ${pointed.data}`
    : `the row with pk "current" is broken: ${describeIssues(pointed.error, ['version'])}`;
}

/** Why there is nothing in force, where not because of what is there. */
const nothingIn = (row: Row, isNamed: boolean): readonly string[] => [
  ...(isNamed ? ['the configuration says that it must be guarded'] : []),
  ...(row.pk === undefined ? [] : [pointerSays(row)]),
  'there is no version of its baseline that can be used',
];

const withRemedy = (fault: string, trail: TrailArn): string =>
  escapeControlChars(`${trail}: ${fault}. ${capturing(trail)}`);

const capturing = (trail: unknown): string =>
  `Compare the live trail with what was signed last, and sign that anew: npx trailkeeper capture ${trail}`;

function explained(cause: unknown, trail: unknown): Error {
  if (!(cause instanceof Error)) return new Error(String(cause));
  if (!(cause instanceof InvalidBaselineError)) {
    return new Error(`the baseline can not be read: ${cause.name}: ${cause.message}`, { cause });
  }
  const remedy = trailArn.safeParse(trail).success
    ? capturing(trail)
    : `Delete the row with pk "current" and sk ${JSON.stringify(trail)} from the state table`;
  return new InvalidBaselineError(escapeControlChars(`${cause.message}. ${remedy}`), { cause });
}

const invalid = (message: string): InvalidBaselineError => new InvalidBaselineError(message);

function parseRow<Shape>(schema: z.ZodType<Shape>, row: Row): Shape {
  const result = schema.safeParse(row);
  if (!result.success) throw invalid(describeIssues(result.error));
  return result.data;
}
