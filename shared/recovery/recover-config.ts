import * as z from 'zod';
import { jsonText } from '#text/json-text.ts';
import { describeIssues } from '#text/schema-messages.ts';

const recoverConfig = z.object({
  /** The account of the function, whose event history it reads without a role. */
  account: z.string(),
  /** The only place that it writes to. */
  bucket: z.string(),
  prefix: z.string(),
});

export type RecoverConfig = z.infer<typeof recoverConfig>;

const variable = 'TRAILKEEPER_CONFIG';

/** The environment variables of the function that recovers events. */
export const recoverEnvironment = (config: RecoverConfig): Record<string, string> => ({
  [variable]: JSON.stringify(config),
});

/** Reads the configuration of the function from its environment variables. Throws an error that names the field. */
export function parseRecoverConfig(
  environment: Readonly<Record<string, string | undefined>>,
): RecoverConfig {
  const result = jsonText(recoverConfig).safeParse(environment[variable]);
  if (result.success) return result.data;
  throw new Error(
    `${describeIssues(result.error, [variable])}. To repair the function: npx cdk deploy --all --revert-drift`,
  );
}
