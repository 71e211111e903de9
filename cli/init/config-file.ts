import { existsSync, writeFileSync } from 'node:fs';
import { readJson } from '../json-file.ts';

/** The context `trailkeeper` of `cdk.json`, as it is written. */
export type WrittenConfig = Readonly<Record<string, unknown>>;

type CdkJson = { readonly context?: Readonly<Record<string, unknown>> };

export const configFile = 'cdk.json';

/** Null if there is no configuration yet. */
export function readConfig(): WrittenConfig | null {
  if (!existsSync(configFile)) {
    throw new Error(`this directory has no ${configFile}: run the command in the checkout`);
  }
  const { context } = readJson(configFile, configFile) as CdkJson;
  return (context?.trailkeeper as WrittenConfig) ?? null;
}

/** The main Region that the `cdk.json` of this directory names; null if there is none. */
export function configuredRegion(): string | null {
  const region = existsSync(configFile) ? readConfig()?.region : null;
  return typeof region === 'string' ? region : null;
}

/** Replaces the configuration and leaves the rest of the file as it is. */
export function writeConfig(trailkeeper: WrittenConfig): void {
  const cdkJson = readJson(configFile, configFile) as CdkJson;
  const changed = { ...cdkJson, context: { ...cdkJson.context, trailkeeper } };
  writeFileSync(configFile, `${JSON.stringify(changed, null, 2)}\n`);
}
