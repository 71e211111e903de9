import { z } from 'zod';
import { describeIssues } from '#core/baseline.ts';
import { must } from '#core/grammar.ts';
import type { Mode } from '#core/outcome.ts';

/** Thrown for a configuration that can not be used; the message names each key and the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError' as const;
}

const mode = z.enum(['observe', 'enforce'], {
  error: 'must be "observe" (tell only) or "enforce" (tell and restore)',
});

/** What is deployed: the context `trailkeeper` of `cdk.json`. */
const deployment = z.strictObject({
  mode,
  /** Home Regions of the guarded trails; the Region deployed to where it is left out. */
  homeRegions: z
    .array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d+$/, 'must be a Region, as us-east-1'))
    .min(1, 'must name a Region')
    .optional(),
  sweepEvery: z
    .string()
    .regex(
      /^(1 minute|([2-9]|[1-5]\d|60) minutes|1 hour)$/,
      'must be a rate, from "1 minute" over "5 minutes" to "1 hour"',
    )
    .default('1 minute'),
  /**
   * What each function may always use of the account's concurrency, and at most. A small account can not spare it: 100 must stay
   * unreserved. Source: Lambda developer guide, "Configuring reserved concurrency".
   */
  reservedConcurrency: z
    .int(must('be a whole number'))
    .min(2, must('be 2 or more: one invocation must not wait for another'))
    .optional(),
});

export type Deployment = z.infer<typeof deployment>;

export const parseDeployment = (context: unknown): Deployment =>
  parse(deployment, context, ['trailkeeper']);

/** What a deployed function is told through its environment; `infra/` writes these names, `functions/` read them. */
export type FunctionConfig = {
  readonly mode: Mode;
  readonly table: string;
  /** The ARN of the functions' own role. */
  readonly role: string;
};

export const functionEnvironment = ({
  mode,
  table,
  role,
}: FunctionConfig): Record<string, string> => ({
  TRAILKEEPER_MODE: mode,
  TRAILKEEPER_TABLE: table,
  TRAILKEEPER_ROLE: role,
});

const functionVariables = z.object({
  TRAILKEEPER_MODE: mode,
  TRAILKEEPER_TABLE: z.string(must('be the name of the state table')).min(1),
  TRAILKEEPER_ROLE: z.string(must("be the ARN of the functions' role")).min(1),
});

export function parseFunctionEnvironment(environment: unknown): FunctionConfig {
  const variables = parse(functionVariables, environment, []);
  return {
    mode: variables.TRAILKEEPER_MODE,
    table: variables.TRAILKEEPER_TABLE,
    role: variables.TRAILKEEPER_ROLE,
  };
}

function parse<Config>(schema: z.ZodType<Config>, value: unknown, root: string[]): Config {
  const result = schema.safeParse(value);
  if (!result.success) throw new ConfigError(describeIssues(result.error, root));
  return result.data;
}
