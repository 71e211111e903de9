import { z } from 'zod';
import { type TrailArn, trailArn } from './trail.ts';

/** What a trail must be: one canonical state per drift kind, as one immutable version of a document. */
export type Baseline = {
  readonly schema: 1;
  readonly trail: TrailArn;
  readonly version: number;
  readonly capturedAt: string;
  readonly capturedBy: string;
  readonly reason: string;
  readonly states: { readonly [kind: string]: object };
  readonly policy: Readonly<Record<string, never>>;
};

/** What `parseBaseline` asks of a drift kind: its name and the schema of its state. */
export type StateSchema = { readonly name: string; readonly state: z.ZodType<object> };

/** Thrown for a baseline that can not be used; the message names each bad field. */
export class InvalidBaselineError extends Error {
  override readonly name = 'InvalidBaselineError' as const;
}

/** Reads a baseline from its JSON text, or throws `InvalidBaselineError`. */
export function parseBaseline(document: string, kinds: readonly StateSchema[]): Baseline {
  let json: unknown;
  try {
    json = JSON.parse(document);
  } catch (cause) {
    throw new InvalidBaselineError('the document is not JSON', { cause });
  }
  const result = z
    .strictObject({ ...envelope, states: statesSchema(kinds) }, { error: explain })
    .safeParse(json, { error: explain });
  if (!result.success) throw new InvalidBaselineError(describeIssues(result.error));
  return result.data as Baseline;
}

/** The states of a baseline by kind; a kind that is not named is unmanaged. */
export const statesSchema = (kinds: readonly StateSchema[]): z.ZodType<Baseline['states']> =>
  z
    .strictObject(Object.fromEntries(kinds.map(({ name, state }) => [name, state.optional()])))
    .transform((states) => states as Baseline['states']);

/** The issues of a zod error on one line, each with the path of its field: `states.settings.S3KeyPrefix: must be …; …`. */
export const describeIssues = (error: z.ZodError, root: readonly string[] = []): string =>
  error.issues
    .map(({ path, message }) => `${[...root, ...path].join('.') || 'document'}: ${message}`)
    .join('; ');

const envelope = {
  schema: z.literal(1),
  trail: trailArn,
  version: z.int().positive(),
  capturedAt: z.iso.datetime(),
  capturedBy: z.string().min(1),
  reason: z.string().min(1),
  policy: z.strictObject({}),
};

/** Says "is missing" of an absent field, which zod calls an undefined of the wrong type. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined && issue.code !== 'custom') return 'is missing';
  if (issue.code === 'unrecognized_keys') {
    return `has fields that this version of trailkeeper does not know: ${issue.keys.join(', ')}`;
  }
  return undefined;
}
