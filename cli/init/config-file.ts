import { existsSync, writeFileSync } from 'node:fs';
import type { DeploymentProps } from '#deployment/config.ts';
import type { ReadonlyDeep } from '#text/schema-parts.ts';
import { readJson } from '../json-file.ts';

/** The context `trailkeeper` of `cdk.json`, as it is written, which may not be valid. */
export type WrittenConfig = Partial<ReadonlyDeep<DeploymentProps>>;

type CdkJson = {
  readonly app?: unknown;
  readonly context?: Readonly<Record<string, unknown>>;
};

export const configFile = 'cdk.json';

/** Refuses a command that writes or deploys the `cdk.json` of a checkout in another directory, which may have another app. */
export function requireCheckout(command: string): void {
  const { app } = existsSync(configFile) ? (readJson(configFile, configFile) as CdkJson) : {};
  if (String(app).includes('infra/app.ts')) return;
  throw new Error(
    `${command} works only in a checkout of trailkeeper, and this directory is none. In a CDK app, add the construct Trailkeeper and run npx cdk deploy --all. Without the CDK, deploy the template of the release. docs/install.md describes both`,
  );
}

/** Null if there is no configuration yet. */
export function readConfig(): WrittenConfig | null {
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
