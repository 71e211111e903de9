import type { AlertConfig } from '#alert/channel.ts';
import type { FunctionName } from '#aws/function-timeouts.ts';
import { hints } from '#drift/index.ts';
import {
  alertEnvironment,
  backfillEnvironment,
  ConfigError,
  type FunctionConfig,
  functionEnvironment,
  type SigningConfig,
  selfCheckEnvironment,
} from './config.ts';
import {
  type DeployedResources,
  type DeployedSettings,
  expectedResources,
} from './deployed-resources.ts';
import type { Topology } from './topology.ts';

/** The file beside the code of every function that holds what does not fit into its variables. */
export const factsFile = 'deployed.json';

/** What that file says: the text is ours, written at synth. */
export type Facts = { readonly signing: SigningConfig };

/** What it says to the function that watches the others: all that they were deployed with, but for its own hash. */
export type SelfCheckFacts = Facts & {
  readonly layout: Topology;
  readonly settings: Omit<DeployedSettings, 'mapping' | 'code'> & {
    readonly code: Readonly<Record<Exclude<FunctionName, 'selfCheck'>, string>>;
  };
  readonly alerts: AlertConfig;
};

/** The member of the stack's template metadata that says the same, for `doctor`. */
export const factsInTemplate = 'Trailkeeper';

/** `code` is the hash of the code that contains the facts, which therefore cannot contain the hash. */
export type FactsInTemplate = { readonly facts: SelfCheckFacts; readonly code: string };

/** What was deployed, as `SelfCheck` gets it. */
export type Deployed = {
  readonly layout: Topology;
  readonly sweepEvery: string;
  readonly wiring: DeployedResources;
};

/** Reads it off the facts and the variables of that function; the configuration is what every function must be told. */
export function deployedAs(
  facts: SelfCheckFacts,
  environment: NodeJS.ProcessEnv,
  config: FunctionConfig,
): Deployed {
  const variable = (name: string): string => {
    const value = environment[name];
    if (value === undefined) throw new ConfigError(`${name}: is missing`);
    return value;
  };
  const mapping = variable('TRAILKEEPER_MAPPING');
  const logGroups = variable('TRAILKEEPER_LOG_GROUPS');
  const signingKey = variable('TRAILKEEPER_SIGNING_KEY');
  const code = variable('TRAILKEEPER_CODE');
  const layout = { ...facts.layout, ...(signingKey && { signingKey }) };
  const settings: DeployedSettings = {
    ...facts.settings,
    mapping,
    code: { ...facts.settings.code, selfCheck: code },
  };
  const common = functionEnvironment(config);
  const environments = {
    sweep: common,
    remediate: common,
    selfCheck: { ...common, ...selfCheckEnvironment({ mapping, signingKey, logGroups, code }) },
    alert: { ...common, ...alertEnvironment(facts.alerts, logGroups) },
    audit: common,
    backfill: { ...common, ...backfillEnvironment(settings) },
  };
  const wiring = expectedResources(layout, settings, { hints, environments });
  return { layout, sweepEvery: settings.sweepEvery, wiring };
}
