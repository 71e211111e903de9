import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  NumberValue,
  PutCommand,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import {
  type Baseline,
  describeIssues,
  InvalidBaselineError,
  type StateSchema,
} from '#core/baseline.ts';
import { must } from '#core/grammar.ts';
import { isRetirement, parseVersion, type Retirement, type Version } from '#core/retirement.ts';
import { renderText } from '#core/text.ts';
import { type TrailArn, trailArn } from '#core/trail.ts';

/** A guarded trail: its current baseline, or why that can not be used. `version` is what its pointer says. */
export type Guarded = { readonly trail: string; readonly version: unknown } & (
  | { readonly baseline: Baseline }
  | { readonly error: Error }
);

/** A trail that was guarded. `version` is what its pointer says. */
export type Retired = {
  readonly trail: string;
  readonly version: unknown;
  readonly retirement: Retirement;
};

export type Known = Guarded | Retired;

/** A version as it is stored, or why it can not be used. */
export type StoredVersion = { readonly number: number } & (
  | { readonly version: Version }
  | { readonly error: Error }
);

export type BaselineStore = {
  /** Every guarded trail. A row that can not be used is told in its place and hides no other. */
  list(): Promise<readonly Guarded[]>;
  /** Every trail that is guarded or was. */
  known(): Promise<readonly Known[]>;
  /** One trail, or null where it was never guarded. */
  find(trail: TrailArn): Promise<Known | null>;
  /** The newest version of a trail's baseline that can be used, whatever is current; null where there is none. */
  newestValid(trail: TrailArn): Promise<Baseline | null>;
  /** Every version of a trail, the newest first. */
  history(trail: TrailArn): Promise<readonly StoredVersion[]>;
  /** Stores the next version and makes it current. Throws `BaselineConflictError` where somebody else was faster. */
  add(baseline: Omit<Baseline, 'version'>, replaces: Known | null): Promise<Baseline>;
  /** The same with the version that ends the guarding of a trail. */
  retire(retirement: Omit<Retirement, 'version'>, replaces: Known): Promise<Retirement>;
};

/** Thrown when the current version is not the one that the writer had read. */
export class BaselineConflictError extends Error {
  override readonly name = 'BaselineConflictError' as const;
}

/**
 * Baselines in the state table. Rows:
 * `{pk: ARN, sk: "baseline#000001", document, signatures}`, immutable, the document as the JSON text that is signed: a
 * baseline, or a retirement;
 * `{pk: "current", sk: ARN, version}`, moved by conditional write.
 */
export function baselineStore(
  client: DynamoDBDocumentClient,
  table: string,
  kinds: readonly StateSchema[],
): BaselineStore {
  return { list, known, find, newestValid, history, add: addVersion, retire: addVersion };

  async function list(): Promise<readonly Guarded[]> {
    return (await known()).filter((one): one is Guarded => !('retirement' in one));
  }

  async function known(): Promise<readonly Known[]> {
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :current',
        ExpressionAttributeValues: { ':current': 'current' },
      },
    );
    const pointers: Row[] = [];
    for await (const page of pages) pointers.push(...(page.Items ?? []));
    return Promise.all(pointers.map(follow));
  }

  async function find(trail: TrailArn): Promise<Known | null> {
    const pointer = await get('current', trail);
    return pointer === null ? null : follow(pointer);
  }

  async function addVersion<Content extends { readonly trail: TrailArn }>(
    content: Content,
    replaces: Known | null,
  ): Promise<Content & { readonly version: number }> {
    const { trail } = content;
    const added = { ...content, version: (await latestVersion(trail)) + 1 };
    const document = JSON.stringify(added);
    parseVersion(document, kinds);
    const Key = { pk: trail, sk: versionKey(added.version) };
    await put(
      { ...Key, document, signatures: [] },
      { ConditionExpression: 'attribute_not_exists(pk)' },
    );
    try {
      await put({ pk: 'current', sk: trail, version: added.version }, stillIs(replaces?.version));
    } catch (error) {
      // A version that was never current is nobody's baseline.
      await client.send(new DeleteCommand({ TableName: table, Key }));
      throw error;
    }
    return added;
  }

  /** What fails on one row is told of that row alone. */
  async function follow(row: Row): Promise<Known> {
    const { sk: trail, version } = row;
    try {
      const pointer = parseRow(pointerRow, row);
      const stored = await get(pointer.sk, versionKey(pointer.version));
      if (stored === null) {
        throw invalid(`version ${pointer.version} is current but its row is missing`);
      }
      const current = versionIn(stored, pointer.sk, pointer.version);
      return {
        trail: pointer.sk,
        version,
        ...(isRetirement(current) ? { retirement: current } : { baseline: current }),
      };
    } catch (cause) {
      return { trail: String(trail), version, error: withRemedy(cause, trail) };
    }
  }

  function versionIn(row: Row, trail: TrailArn, number: number): Version {
    const version = parseVersion(parseRow(versionRow, row).document, kinds);
    if (version.trail !== trail) throw invalid(`trail: is another trail, ${version.trail}`);
    if (version.version !== number) throw invalid(`version: must be ${number}, as in its row`);
    return version;
  }

  async function newestValid(trail: TrailArn): Promise<Baseline | null> {
    for await (const row of versions(trail)) {
      const stored = storedVersion(row, trail);
      if ('version' in stored && !isRetirement(stored.version)) return stored.version;
    }
    return null;
  }

  async function history(trail: TrailArn): Promise<readonly StoredVersion[]> {
    const stored: StoredVersion[] = [];
    for await (const row of versions(trail)) stored.push(storedVersion(row, trail));
    return stored;
  }

  function storedVersion(row: Row, trail: TrailArn): StoredVersion {
    const number = versionOf(row);
    try {
      return { number, version: versionIn(row, trail, number) };
    } catch (error) {
      if (!(error instanceof InvalidBaselineError)) throw error;
      return { number, error };
    }
  }

  async function latestVersion(trail: TrailArn): Promise<number> {
    for await (const row of versions(trail)) return versionOf(row);
    return 0;
  }

  /** The rows of a trail's versions, newest first. */
  async function* versions(trail: TrailArn): AsyncGenerator<Row> {
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :trail AND begins_with(sk, :baseline)',
        ExpressionAttributeValues: { ':trail': trail, ':baseline': versionPrefix },
        ScanIndexForward: false,
      },
    );
    for await (const { Items = [] } of pages) yield* Items;
  }

  async function get(pk: string, sk: string): Promise<Row | null> {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: { pk, sk }, ConsistentRead: true }),
    );
    return Item ?? null;
  }

  async function put(Item: Row, condition: Condition): Promise<void> {
    try {
      await client.send(new PutCommand({ TableName: table, Item, ...condition }));
    } catch (cause) {
      if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
      throw new BaselineConflictError(
        'another version of this baseline was stored meanwhile: look at it, then capture again',
        { cause },
      );
    }
  }
}

const versionPrefix = 'baseline#';
const versionKey = (version: number): string =>
  `${versionPrefix}${String(version).padStart(6, '0')}`;

/** The condition under which `current` may move: it still says what its reader saw. */
const stillIs = (version: unknown): Condition =>
  version === undefined
    ? { ConditionExpression: 'attribute_not_exists(version)' }
    : {
        ConditionExpression: 'version = :seen',
        ExpressionAttributeValues: { ':seen': version },
      };

type Condition = Pick<PutCommand['input'], 'ConditionExpression' | 'ExpressionAttributeValues'>;

type Row = Record<string, unknown>;

const pointerRow = z.object({
  sk: trailArn,
  version: z.preprocess(
    (version) => (version instanceof NumberValue ? Number(version.toString()) : version),
    z.int(must('be a whole number')).min(1, must('be 1 or more')),
  ),
});
const versionRow = z.object({ document: z.string() });

function withRemedy(cause: unknown, trail: unknown): Error {
  if (!(cause instanceof Error)) return new Error(String(cause));
  if (!(cause instanceof InvalidBaselineError)) {
    return new Error(`the baseline can not be read: ${cause.name}: ${cause.message}`, { cause });
  }
  const remedy = trailArn.safeParse(trail).success
    ? `Compare the live trail with the last version that can be used: npx trailkeeper capture ${trail}`
    : `Delete the row with pk "current" and sk ${JSON.stringify(trail)} from the state table`;
  return new InvalidBaselineError(renderText(`${cause.message}. ${remedy}`), { cause });
}

const versionOf = (row: Row): number => Number(String(row.sk).slice(versionPrefix.length));

const invalid = (message: string): InvalidBaselineError => new InvalidBaselineError(message);

function parseRow<Shape>(schema: z.ZodType<Shape>, row: Row): Shape {
  const result = schema.safeParse(row);
  if (!result.success) throw invalid(describeIssues(result.error));
  return result.data;
}
