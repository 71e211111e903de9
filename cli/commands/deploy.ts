import { type Command, Option } from 'commander';
import { ConfigError, type Deployment, parseDeployment } from '#deployment/config.ts';
import { choose, localAction } from '../context.ts';
import { deployDependencies } from '../deploy/dependencies.ts';
import { writeEventHistoryTemplate } from '../deploy/event-history-template.ts';
import { deployMainStacks, type MainStacksOptions } from '../deploy/main-stacks.ts';
import { deployWatchtower } from '../deploy/watchtower.ts';
import type { ExitCode } from '../exit-code.ts';
import {
  configFile,
  readConfig,
  requireCheckout,
  type WrittenConfig,
} from '../init/config-file.ts';
import { examples, yesOption } from '../options.ts';

type Options = MainStacksOptions & {
  readonly dependencies?: string;
  readonly eventHistoryTemplate?: string;
  readonly watchtower?: true;
};

export const configure = (command: Command): Command =>
  command
    .addOption(
      new Option('--mode <mode>', 'write this mode into cdk.json first').choices([
        'enforce',
        'observe',
      ]),
    )
    .option(
      '--member-role <name>',
      'the role to assume in the accounts of delegated administrators, to prepare them',
      'OrganizationAccountAccessRole',
    )
    .addOption(
      new Option(
        '--dependencies <account>',
        'deploy only the role and rules in this account of dependencyAccounts, with its credentials',
      ).conflicts(['mode', 'skipBootstrap']),
    )
    .addOption(
      new Option(
        '--event-history-template <file>',
        'deploy nothing, and write the template of the role that reads event history in member accounts, for a StackSet',
      ).conflicts(['mode', 'dependencies', 'skipBootstrap', 'watchtower']),
    )
    .addOption(
      new Option(
        '--watchtower',
        'deploy only the watchtower, with credentials of its account',
      ).conflicts(['mode', 'dependencies']),
    )
    .option('--skip-bootstrap', 'every account and Region is prepared for the CDK already')
    .addOption(yesOption())
    .addHelpText(
      'after',
      examples(
        'deploy',
        'deploy --mode enforce',
        'deploy --dependencies 222222222222',
        'deploy --watchtower',
      ),
    )
    .action(
      localAction<Options>(async (options) => {
        requireCheckout('deploy');
        const written = readConfig();
        if (written === null) {
          throw new Error(`${configFile} has no configuration: run npx --no -- trailkeeper init`);
        }
        const config = { ...written, ...(options.mode && { mode: options.mode }) };
        const deployment = deploymentIn(config);
        choose({ ...options, region: deployment.region });
        return deploy(config, deployment, options);
      }),
    );

function deploy(
  config: WrittenConfig,
  deployment: Deployment,
  options: Options,
): Promise<ExitCode> {
  const { dependencies, eventHistoryTemplate, watchtower } = options;
  if (eventHistoryTemplate !== undefined) {
    return writeEventHistoryTemplate(eventHistoryTemplate, deployment, options);
  }
  if (dependencies !== undefined) return deployDependencies(dependencies, deployment, options);
  return watchtower
    ? deployWatchtower(deployment, options)
    : deployMainStacks(config, deployment, options);
}

function deploymentIn(config: WrittenConfig): Deployment {
  try {
    return parseDeployment(config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`${configFile}: ${error.message}`, { cause: error });
  }
}
