import { type AccountRegion, names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import type { Watchtower } from '#deployment/watchtower-config.ts';
import { requireWatchtower } from '#watchtower/watchtower-facts.ts';
import { answerIn } from '../context.ts';
import type { ExitCode } from '../exit-code.ts';
import type { GlobalOptions } from '../options.ts';
import { confirm, note } from '../terminal.ts';
import { bootstrap } from './bootstrap.ts';
import { requireCredentials } from './credentials.ts';
import { leftToDo } from './left-to-do.ts';
import { deployStacks, synthesize } from './process.ts';

type Options = Pick<GlobalOptions, 'json'> & {
  readonly skipBootstrap?: true;
  readonly yes?: true;
};

/** Deploys the stack `Trailkeeper-Watchtower` into its account. Throws `ConfigError` if the configuration has no watchtower. */
export async function deployWatchtower(
  deployment: Deployment,
  options: Options,
): Promise<ExitCode> {
  const watchtower = requireWatchtower(deployment);
  const { account, emails, logBuckets } = watchtower;
  const at = { account, region: deployment.region };
  await requireCredentials(account);
  note(...effects(deployment, watchtower));
  await confirm('Deploy?', options);
  await deployStack(at, options.skipBootstrap ?? false);
  const left = await leftToDo(names.watchtower, emails);
  answerIn(options.json)({ mode: deployment.mode, deployed: [at] }, () => [
    `The watchtower is deployed in account ${account}, ${at.region}.`,
    ...left,
    ...(logBuckets.length === 0
      ? []
      : [
          `If ${logBuckets.join(', ')} is in another account, its bucket policy must let the watchtower list it: docs/operations.md, "Files in the bucket".`,
        ]),
    `Next, with credentials of account ${deployment.account}, from which it hears nothing before:`,
    '  npx --no -- trailkeeper deploy',
  ]);
  return 0;
}

/** Where it is deployed, and what it may do that cannot be undone. */
const effects = (
  { account, region, trails = [] }: Deployment,
  watchtower: Watchtower,
): readonly string[] => [
  'Deploys the watchtower to:',
  `  account ${watchtower.account}, ${region}`,
  `It watches account ${account}.`,
  ...(watchtower.restore
    ? ['It may restore there:', ...trails.map((arn) => `  ${arn}`)]
    : ['It may only read there.']),
  ...(watchtower.evidenceDays === undefined
    ? []
    : [
        `Evidence is locked for ${watchtower.evidenceDays} days: no one can delete it or its bucket before that.`,
      ]),
];

/**
 * Deploys with credentials of the account, which is first prepared for the CDK. The table and the evidence of an earlier stack are
 * imported by their names: they are kept if the stack is deleted.
 */
async function deployStack(at: AccountRegion, isPrepared: boolean): Promise<void> {
  await synthesize('watchtower=true');
  // Of one account alone no role is assumed.
  if (!isPrepared) await bootstrap([at], '');
  note('Deploying');
  await deployStacks([names.watchtower], ['--import-existing-resources']);
}
