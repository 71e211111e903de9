import * as z from 'zod';
import { regionPattern } from '#aws/partitions.ts';
import { escapeControlChars } from '#text/escape.ts';
import { must } from '#text/schema-messages.ts';

/** The identity of a trail. Only `parseTrailArn` and `trailArn` make one. */
export type TrailArn = `arn:${string}:cloudtrail:${string}:${string}:trail/${string}`;

/** A parsed trail ARN. `region` is the home Region, to which every call about the trail is sent. */
export type Trail = {
  readonly arn: TrailArn;
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  readonly name: string;
};

/** Thrown for text that is not a trail ARN; the message says why. */
export class InvalidTrailArnError extends Error {
  override readonly name = 'InvalidTrailArnError' as const;
}

/** Parses a trail ARN, or throws `InvalidTrailArnError`. */
export function parseTrailArn(text: string): Trail {
  const match = arnPattern.exec(text);
  if (match?.groups === undefined) {
    throw new InvalidTrailArnError(
      `${quote(text)} is not a trail ARN: expected ${arnExample}, as \`aws cloudtrail list-trails\` prints it`,
    );
  }
  const { partition, region, accountId, name } = match.groups as Omit<Trail, 'arn'>;
  const problem = trailNameProblem(name);
  if (problem !== null) {
    throw new InvalidTrailArnError(`${quote(text)} is not a trail ARN: its trail name ${problem}`);
  }
  return { arn: text as TrailArn, partition, region, accountId, name };
}

/**
 * What is wrong with a trail name by the rules of CreateTrail, or null.
 * Source: CloudTrail API reference 2018-11-20, CreateTrail, `Name`.
 */
export const trailNameProblem = (name: string): string | null =>
  nameRules.find(([holds]) => !holds(name))?.[1] ?? null;

/** A trail ARN as a zod schema, with the message of `parseTrailArn`. */
export const trailArn = z
  .string(must('be the ARN of a trail'))
  .transform((text, context): TrailArn => {
    try {
      return parseTrailArn(text).arn;
    } catch (error) {
      if (!(error instanceof InvalidTrailArnError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  });

/** A trail for people: its name and its home Region. Text that is no trail ARN stays as it is, escaped. */
export function titleOf(arn: string): string {
  const identity = trailArn.safeParse(arn);
  if (!identity.success) return escapeControlChars(arn);
  const { name, region } = parseTrailArn(identity.data);
  return `${name} (${region})`;
}

const arnExample = 'arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME';

const arnPattern = new RegExp(
  `^arn:(?<partition>aws[a-z-]*):cloudtrail:(?<region>${regionPattern}):(?<accountId>\\d{12}):trail/(?<name>[^\\s/]+)$`,
);

const nameRules: readonly (readonly [holds: (name: string) => boolean, problem: string])[] = [
  [(name) => name.length >= 3 && name.length <= 128, 'must be 3 to 128 characters long'],
  [
    (name) => /^[a-zA-Z0-9._-]*$/.test(name),
    'may contain only ASCII letters, digits, periods, underscores and dashes',
  ],
  [(name) => /^[a-zA-Z0-9]/.test(name), 'must start with a letter or a digit'],
  [(name) => /[a-zA-Z0-9]$/.test(name), 'must end with a letter or a digit'],
  [(name) => !/[._-]{2}/.test(name), 'must not have adjacent periods, underscores or dashes'],
  [(name) => !/^\d+\.\d+\.\d+\.\d+$/.test(name), 'must not look like an IP address'],
];

const quote = (text: string): string =>
  escapeControlChars(JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text));
