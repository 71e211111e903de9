import { type AccountRegion, names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import { requireWatchtower } from '#watchtower/watchtower-facts.ts';
import { note } from '../terminal.ts';
import { bootstrap } from './bootstrap.ts';
import { cdkOut, isProgress, runCdk } from './process.ts';

/** The account and Region of the watchtower. Throws `ConfigError` if there is none. */
export const watchtowerIn = (deployment: Deployment): AccountRegion => ({
  account: requireWatchtower(deployment).account,
  region: deployment.region,
});

/** Where `deploy --watchtower` deploys, and what it watches. */
export const watchtowerLines = (
  { account, region }: AccountRegion,
  deployment: Deployment,
): readonly string[] => [
  'Deploys the watchtower to:',
  `  account ${account}, ${region}`,
  `It watches account ${deployment.account}.`,
];

/** Deploys the stack `Trailkeeper-Watchtower` with credentials of its account, which is first prepared for the CDK. */
export async function deployWatchtower(at: AccountRegion, isPrepared: boolean): Promise<void> {
  note('Synthesizing');
  await runCdk(['synth', '--quiet', '--output', cdkOut, '--context', 'watchtower=true']);
  // Of one account alone no role is assumed.
  if (!isPrepared) await bootstrap([at], '');
  note('Deploying');
  const options = ['--app', cdkOut, '--require-approval', 'never', '--progress', 'events'];
  await runCdk(['deploy', names.watchtower, ...options], {}, isProgress);
}
