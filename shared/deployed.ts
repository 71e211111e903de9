import type { Layout } from '#core/layout.ts';
import { type Wiring, wiringOf } from '#core/wiring.ts';
import { hints } from '#drift/index.ts';
import {
  alertEnvironment,
  backfillEnvironment,
  type FunctionConfig,
  functionEnvironment,
  parseWatchEnvironment,
  watchEnvironment,
} from './config.ts';

/** What was deployed, as the function that watches the others is told. */
export type Deployed = {
  readonly layout: Layout;
  readonly sweepEvery: string;
  readonly wiring: Wiring;
};

/** Reads it off the environment of that function; the configuration is what every function must be told. */
export function deployedAs(environment: NodeJS.ProcessEnv, config: FunctionConfig): Deployed {
  const { layout, settings, alerts, logGroups } = parseWatchEnvironment(environment);
  const common = functionEnvironment(config);
  const environments = {
    sweep: common,
    remediate: common,
    watch: { ...common, ...watchEnvironment({ layout, settings, alerts }, logGroups) },
    alert: { ...common, ...alertEnvironment(alerts, logGroups) },
    changes: common,
    backfill: { ...common, ...backfillEnvironment(settings) },
  };
  const wiring = wiringOf(layout, settings, { hints, environments });
  return { layout, sweepEvery: settings.sweepEvery, wiring };
}
