import type { Deployment } from '#deployment/config.ts';
import { signingConfig, trustOf } from '#deployment/signing-config.ts';
import { deployedTogether, topologyOf } from '#deployment/topology.ts';
import { titleOf } from '#trail/trail-arn.ts';
import { answerIn, connect } from '../context.ts';
import type { ExitCode } from '../exit-code.ts';
import { type WrittenConfig, writeConfig } from '../init/config-file.ts';
import { nextSteps } from '../init/next-steps.ts';
import type { GlobalOptions } from '../options.ts';
import { observeTrail } from '../plan/observe-trail.ts';
import { planLines } from '../plan/plan-lines.ts';
import { outputsIfDeployed } from '../stack.ts';
import { confirm, note } from '../terminal.ts';
import { announced } from './announce.ts';
import { bootstrap } from './bootstrap.ts';
import { requireCredentials } from './credentials.ts';
import { leftToDo } from './left-to-do.ts';
import { deployStacks, synthesize } from './process.ts';
import { signAgain, signAgainLines, untrustedVersions } from './sign-again.ts';

export type MainStacksOptions = GlobalOptions & {
  readonly mode?: Deployment['mode'];
  readonly memberRole: string;
  readonly skipBootstrap?: true;
  readonly yes?: true;
};

/** Deploys the main stack and those that go with it. With `mode`, writes it into `cdk.json` first. */
export async function deployMainStacks(
  config: WrittenConfig,
  deployment: Deployment,
  options: MainStacksOptions,
): Promise<ExitCode> {
  await requireCredentials(deployment.account);
  // Without the output, it was never deployed completely.
  const isDeployed = (await outputsIfDeployed(options.stack))?.StateTableName !== undefined;
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
  await synthesize();
  if (!options.skipBootstrap) await bootstrap(targets, options.memberRole);
  if (signing !== null) await signAgain(signing.context, signing.untrusted);
  note('Deploying');
  // A first deployment in mode enforce that fails continues where it stopped (docs/decisions/0004).
  const goesOn = deployment.mode === 'enforce' && !isDeployed ? ['--no-rollback'] : [];
  const runDeploy = (...more: readonly string[]) => deployStacks(['--all'], [...goesOn, ...more]);
  await (signing === null ? runDeploy() : announced(signing.context, runDeploy));
  const { mode, account, region, emails } = deployment;
  const left = await leftToDo(options.stack, emails);
  answerIn(options.json)({ mode, deployed: targets }, () => [
    `trailkeeper is deployed in account ${account}, ${region}, in mode ${mode}.`,
    ...left,
    'Next:',
    ...nextSteps(config).slice(1, isDeployed ? -1 : undefined),
    ...(isDeployed ? ['  npx --no -- trailkeeper doctor'] : []),
  ]);
  return 0;
}

/** The versions in force that no key of this configuration signed, and what it takes to sign them. */
async function versionsToSign(options: MainStacksOptions, deployment: Deployment) {
  const { signingKey = deployment.signing.key } = options;
  const context = await connect({ ...options, ...(signingKey && { signingKey }) });
  const trust = trustOf(signingConfig(deployment));
  return { context, untrusted: await untrustedVersions(context, trust) };
}

/** What the first sweep in mode enforce restores. */
async function firstRepairs(
  options: MainStacksOptions,
  isDeployed: boolean,
): Promise<readonly string[]> {
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
