import { type AccountRegion, names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import { requireWatchtower } from '#watchtower/watchtower-facts.ts';
import { answerIn } from '../context.ts';
import type { ExitCode } from '../exit-code.ts';
import type { GlobalOptions } from '../options.ts';
import { confirm, note } from '../terminal.ts';
import { bootstrap } from './bootstrap.ts';
import { confirmationLines } from './confirmation-lines.ts';
import { requireCredentials } from './credentials.ts';
import { cdkOut, isProgress, runCdk } from './process.ts';

type Options = Pick<GlobalOptions, 'json'> & {
  readonly skipBootstrap?: true;
  readonly yes?: true;
};

/** Deploys the stack `Trailkeeper-Watchtower` into its account. Throws `ConfigError` if the configuration has no watchtower. */
export async function deployWatchtower(
  deployment: Deployment,
  options: Options,
): Promise<ExitCode> {
  const { account, emails } = requireWatchtower(deployment);
  const at = { account, region: deployment.region };
  await requireCredentials(account);
  note(
    'Deploys the watchtower to:',
    `  account ${account}, ${at.region}`,
    `It watches account ${deployment.account}.`,
  );
  await confirm('Deploy?', options);
  await deployStack(at, options.skipBootstrap ?? false);
  answerIn(options.json)({ mode: deployment.mode, deployed: [at] }, () => [
    `The watchtower is deployed in account ${account}, ${at.region}.`,
    ...confirmationLines(emails),
    `It reports through its topic ${names.watchtower} what is wrong, and within three sweeps that none reports.`,
  ]);
  return 0;
}

/** Deploys with credentials of the account, which is first prepared for the CDK. */
async function deployStack(at: AccountRegion, isPrepared: boolean): Promise<void> {
  note('Synthesizing');
  await runCdk(['synth', '--quiet', '--output', cdkOut, '--context', 'watchtower=true']);
  // Of one account alone no role is assumed.
  if (!isPrepared) await bootstrap([at], '');
  note('Deploying');
  const options = ['--app', cdkOut, '--require-approval', 'never', '--progress', 'events'];
  await runCdk(['deploy', names.watchtower, ...options], {}, isProgress);
}
