import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type Command, Option } from 'commander';
import { names } from '#aws/resource-names.ts';
import { SecretError, secretOf } from '#aws/secret.ts';
import { ConfigError, type Deployment, parseDeployment } from '#deployment/config.ts';
import { signingConfig, trustOf } from '#deployment/signing-config.ts';
import { deployedTogether, topologyOf } from '#deployment/topology.ts';
import { titleOf } from '#trail/trail-arn.ts';
import { productOf, secretsIn } from '../checks/channel-secrets.ts';
import { answerIn, choose, connect } from '../context.ts';
import { announced } from '../deploy/announce.ts';
import { bootstrap } from '../deploy/bootstrap.ts';
import { dependenciesLines, deployDependencies, leftOnRole } from '../deploy/dependencies.ts';
import { writeEventHistoryTemplate } from '../deploy/event-history-template.ts';
import { cdkOut, isProgress, runCdk } from '../deploy/process.ts';
import { deployWatchtower, watchtowerIn, watchtowerLines } from '../deploy/watchtower.ts';
import type { ExitCode } from '../exit-code.ts';
import {
  configFile,
  readConfig,
  requireCheckout,
  type WrittenConfig,
  writeConfig,
} from '../init/config-file.ts';
import { nextSteps } from '../init/next-steps.ts';
import { observeTrail } from '../observe-trail.ts';
import type { GlobalOptions } from '../options.ts';
import { examples, yesOption } from '../options.ts';
import { planLines } from '../plan-lines.ts';
import { exitWith } from '../session.ts';
import { signAgain, signAgainLines, untrustedVersions } from '../sign-again.ts';
import { outputsOf, StackError } from '../stack.ts';
import { confirm, note } from '../terminal.ts';

type Options = GlobalOptions & {
  readonly mode?: Deployment['mode'];
  readonly memberRole: string;
  readonly skipBootstrap?: true;
  readonly dependencies?: string;
  readonly eventHistoryTemplate?: string;
  readonly watchtower?: true;
  readonly yes?: true;
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
      ).conflicts(['mode', 'dependencies', 'skipBootstrap']),
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
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      requireCheckout('deploy');
      const written = readConfig();
      if (written === null) {
        throw new Error(`${configFile} has no configuration: run npx --no -- trailkeeper init`);
      }
      const config = { ...written, ...(options.mode && { mode: options.mode }) };
      const deployment = deploymentIn(config);
      choose({ ...options, region: deployment.region });
      if (options.eventHistoryTemplate !== undefined) {
        const lines = writeEventHistoryTemplate(options.eventHistoryTemplate, deployment);
        answerIn(options.json)({ mode: deployment.mode, deployed: [] }, () => lines);
        exitWith(0);
        return;
      }
      if (options.dependencies !== undefined) {
        exitWith(await deployTo(options.dependencies, deployment, options));
        return;
      }
      if (options.watchtower) {
        exitWith(await deployToWatchtower(deployment, options));
        return;
      }
      await requireCredentials(deployment.account);
      const isDeployed = await stackExists(options.stack);
      const signing = isDeployed ? await versionsToSign(options, deployment) : null;
      const targets = deployedTogether(topologyOf(deployment));
      note(
        `Mode ${deployment.mode}. Deploys to:`,
        ...targets.map(({ account, region }) => `  account ${account}, ${region}`),
        ...signAgainLines(signing?.untrusted ?? []),
        ...(deployment.mode === 'enforce' ? await firstRepairs(options, isDeployed) : []),
      );
      await confirm('Deploy?', options);

      if (options.mode !== undefined) writeConfig(config);
      note('Synthesizing');
      await runCdk(['synth', '--quiet', '--output', cdkOut]);
      if (!options.skipBootstrap) await bootstrap(targets, options.memberRole);
      if (signing !== null) await signAgain(signing.context, signing.untrusted);
      note('Deploying');
      const runDeploy = (...more: readonly string[]) =>
        runCdk(
          [
            ...['deploy', '--all', '--app', cdkOut, '--require-approval', 'never'],
            ...['--progress', 'events'],
            // A first deployment in mode enforce that fails continues where it stopped (docs/decisions/0004).
            ...(deployment.mode === 'enforce' && !isDeployed ? ['--no-rollback'] : []),
            ...more,
          ],
          {},
          isProgress,
        );
      await (signing === null ? runDeploy() : announced(signing.context, runDeploy));
      const { mode, account, region, emails } = deployment;
      const missing = await missingSecrets(options.stack);
      answerIn(options.json)({ mode, deployed: targets }, () => [
        `trailkeeper is deployed in account ${account}, ${region}, in mode ${mode}.`,
        ...(emails.length > 0 ? [confirmation(emails)] : []),
        ...missing,
        'Next:',
        ...nextSteps(config).slice(1, isDeployed ? -1 : undefined),
        ...(isDeployed ? ['  npx --no -- trailkeeper doctor'] : []),
      ]);
      exitWith(0);
    });

const confirmation = (emails: readonly string[]): string =>
  `AWS sends a message to each new address of ${emails.join(', ')}: until it is confirmed there, the address receives nothing.`;

/** What to do if the secret of a channel has no value yet. */
async function missingSecrets(stack: string): Promise<readonly string[]> {
  const lines = secretsIn(await outputsOf(stack)).map(async ({ secret, arn }) => {
    try {
      await secretOf(arn).read();
      return [];
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      return [`${productOf(secret)} gets no alerts yet: ${error.message}`];
    }
  });
  return (await Promise.all(lines)).flat();
}

function deploymentIn(config: WrittenConfig): Deployment {
  try {
    return parseDeployment(config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`${configFile}: ${error.message}`, { cause: error });
  }
}

/** Deploys the stacks in another account that trails depend on. */
async function deployTo(
  account: string,
  deployment: Deployment,
  options: Options,
): Promise<ExitCode> {
  const lines = dependenciesLines(account, deployment);
  await requireCredentials(account);
  note(...lines);
  await confirm('Deploy?', options);
  const deployed = await deployDependencies(account, deployment);
  const left = await leftOnRole();
  answerIn(options.json)({ mode: deployment.mode, deployed }, () => [
    `The role and rules for dependencies are deployed in account ${account}.`,
    'Next, with credentials of the main account: npx --no -- trailkeeper doctor',
  ]);
  if (left.length === 0) return 0;
  note('The role was changed in a way that CloudFormation does not revert:', ...left);
  return 1;
}

/** Deploys the watchtower into its account. */
async function deployToWatchtower(deployment: Deployment, options: Options): Promise<ExitCode> {
  const at = watchtowerIn(deployment);
  await requireCredentials(at.account);
  note(...watchtowerLines(at, deployment));
  await confirm('Deploy?', options);
  await deployWatchtower(at, options.skipBootstrap ?? false);
  const { emails = [] } = deployment.watchtower ?? {};
  answerIn(options.json)({ mode: deployment.mode, deployed: [at] }, () => [
    `The watchtower is deployed in account ${at.account}, ${at.region}.`,
    ...(emails.length > 0 ? [confirmation(emails)] : []),
    `It reports through its topic ${names.watchtower} what is wrong, and within three sweeps that none reports.`,
  ]);
  return 0;
}

async function requireCredentials(account: string): Promise<void> {
  const { Account } = await new STSClient().send(new GetCallerIdentityCommand());
  if (Account === account) return;
  throw new Error(
    `this deploys to account ${account}, but your credentials are of account ${Account}: name a profile of account ${account} with --profile`,
  );
}

/** Whether the main stack was deployed completely once. */
async function stackExists(stack: string): Promise<boolean> {
  try {
    return (await outputsOf(stack)).StateTableName !== undefined;
  } catch (error) {
    if (error instanceof StackError) return false;
    throw error;
  }
}

/** The versions in force that no key of this configuration signed, and what it takes to sign them. */
async function versionsToSign(options: Options, deployment: Deployment) {
  const { signingKey = deployment.signing.key } = options;
  const context = await connect({ ...options, ...(signingKey && { signingKey }) });
  const trust = trustOf(signingConfig(deployment));
  return { context, untrusted: await untrustedVersions(context, trust) };
}

/** What the first sweep in mode enforce restores. */
async function firstRepairs(options: Options, isDeployed: boolean): Promise<readonly string[]> {
  if (!isDeployed) return ['Nothing is restored until a trail is captured.'];
  const context = await connect(options);
  const plans = await Promise.all(
    (await context.baselines.list()).map((one) => observeTrail(context, one)),
  );
  return [
    'The next sweep in mode enforce finds:',
    ...plans.flatMap((one) =>
      ('error' in one ? [`${titleOf(one.trail)}: ${one.error}`] : planLines(one.plan)).map(
        (line) => `  ${line}`,
      ),
    ),
  ];
}
