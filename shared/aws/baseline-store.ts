import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import {
  type Baseline,
  describeIssues,
  InvalidBaselineError,
  parseBaseline,
  type StateSchema,
} from '#core/baseline.ts';
import { type TrailArn, trailArn } from '#core/trail.ts';

/** A guarded trail: its current baseline, or why that can not be used. `version` is what its pointer says. */
export type Guarded = { readonly trail: string; readonly version: unknown } & (
  | { readonly baseline: Baseline }
  | { readonly error: InvalidBaselineError }
);

export type BaselineStore = {
  /** Every guarded trail. A row that can not be used is told in its place and hides no other. */
  list(): Promise<readonly Guarded[]>;
  /** One trail, or null where it is not guarded. */
  find(trail: TrailArn): Promise<Guarded | null>;
  /** Stores the next version and makes it current. Throws `BaselineConflictError` where somebody else was faster. */
  add(baseline: Omit<Baseline, 'version'>, replaces: Guarded | null): Promise<Baseline>;
};

/** Thrown when the current version is not the one that the writer had read. */
export class BaselineConflictError extends Error {
  override readonly name = 'BaselineConflictError' as const;
}

/**
 * Baselines in the state table. Rows:
 * `{pk: ARN, sk: "baseline#000001", document, signatures}`, immutable, the document as the JSON text that is signed;
 * `{pk: "current", sk: ARN, version}`, moved by conditional write.
 */
export function baselineStore(
  client: DynamoDBDocumentClient,
  table: string,
  kinds: readonly StateSchema[],
): BaselineStore {
  return { list, find, add };

  async function list(): Promise<readonly Guarded[]> {
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :current',
        ExpressionAttributeValues: { ':current': 'current' },
      },
    );
    const pointers: Record<string, unknown>[] = [];
    for await (const page of pages) pointers.push(...(page.Items ?? []));
    return Promise.all(pointers.map(follow));
  }

  async function find(trail: TrailArn): Promise<Guarded | null> {
    const pointer = await get('current', trail);
    return pointer === null ? null : follow(pointer);
  }

  async function add(
    content: Omit<Baseline, 'version'>,
    replaces: Guarded | null,
  ): Promise<Baseline> {
    const baseline = { ...content, version: (await latestVersion(content.trail)) + 1 };
    const document = JSON.stringify(baseline);
    parseBaseline(document, kinds);
    await put(
      { pk: baseline.trail, sk: versionKey(baseline.version), document, signatures: [] },
      { ConditionExpression: 'attribute_not_exists(pk)' },
    );
    await put(
      { pk: 'current', sk: baseline.trail, version: baseline.version },
      stillIs(replaces?.version),
    );
    return baseline;
  }

  async function follow(row: Record<string, unknown>): Promise<Guarded> {
    try {
      const { sk: trail, version } = parseRow(pointerRow, row);
      const stored = await get(trail, versionKey(version));
      if (stored === null) throw invalid(`version ${version} is current but its row is missing`);
      const baseline = parseBaseline(parseRow(baselineRow, stored).document, kinds);
      if (baseline.trail !== trail) throw invalid(`trail: is another trail, ${baseline.trail}`);
      if (baseline.version !== version) throw invalid(`version: must be ${version}, as in its row`);
      return { trail, version, baseline };
    } catch (error) {
      if (!(error instanceof InvalidBaselineError)) throw error;
      return { trail: String(row.sk), version: row.version, error: withRemedy(error, row.sk) };
    }
  }

  async function latestVersion(trail: TrailArn): Promise<number> {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :trail AND begins_with(sk, :baseline)',
        ExpressionAttributeValues: { ':trail': trail, ':baseline': versionPrefix },
        ScanIndexForward: false,
        Limit: 1,
      }),
    );
    const newest = Items[0]?.sk;
    return newest === undefined ? 0 : Number(String(newest).slice(versionPrefix.length));
  }

  async function get(pk: string, sk: string): Promise<Record<string, unknown> | null> {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: { pk, sk }, ConsistentRead: true }),
    );
    return Item ?? null;
  }

  async function put(Item: Record<string, unknown>, condition: Condition): Promise<void> {
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

const pointerRow = z.object({ sk: trailArn, version: z.int().positive() });
const baselineRow = z.object({ document: z.string() });

function withRemedy(cause: InvalidBaselineError, trail: unknown): InvalidBaselineError {
  const remedy = trailArn.safeParse(trail).success
    ? `Capture the trail again: npm run capture -- ${trail} --reason "…"`
    : `Delete the row with pk "current" and sk ${JSON.stringify(trail)} from the state table`;
  return new InvalidBaselineError(`${cause.message}. ${remedy}`, { cause });
}

const invalid = (message: string): InvalidBaselineError => new InvalidBaselineError(message);

function parseRow<Row>(schema: z.ZodType<Row>, row: Record<string, unknown>): Row {
  const result = schema.safeParse(row);
  if (!result.success) throw invalid(describeIssues(result.error));
  return result.data;
}
