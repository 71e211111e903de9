import { type Command, Option } from 'commander';
import { partitionIn } from '#aws/partitions.ts';
import { parseDeployment } from '#deployment/config.ts';
import { dependencyKinds } from '#drift/index.ts';
import { answerIn, choose, localAction } from '../context.ts';
import {
  type Answers,
  answersFrom,
  configFrom,
  foundIn,
  type InitOptions,
} from '../init/answers.ts';
import {
  configFile,
  readConfig,
  requireCheckout,
  type WrittenConfig,
  writeConfig,
} from '../init/config-file.ts';
import { titleWithOwner } from '../init/dependencies.ts';
import { withKey } from '../init/new-key.ts';
import { nextSteps } from '../init/next-steps.ts';
import { approverArn, type Surroundings, surroundings } from '../init/surroundings.ts';
import { accountId, examples, yesOption } from '../options.ts';
import { streams } from '../session.ts';
import { confirm, NotConfirmedError, note } from '../terminal.ts';

type Options = InitOptions;

export const configure = (command: Command): Command =>
  command
    .addOption(
      new Option('--account <id>', 'refuse credentials of another account').argParser(accountId),
    )
    .option('--organization <id>', 'refuse another organization')
    .option('--trails <arns...>', 'the trails to protect; default: all trails of the account')
    .addOption(
      new Option('--mode <mode>', 'report and restore, or report only; default: enforce').choices([
        'enforce',
        'observe',
      ]),
    )
    .option(
      '--new-key <where>',
      'create a signing key: kms, a file, or none; default: kms when it runs first',
    )
    .option('--approvers <arns...>', 'the users and roles that may change baselines; default: you')
    .option('--emails <addresses...>', 'addresses that receive alarms')
    .option('--slack-channel <id>', 'the ID of the channel to which a Slack bot posts')
    .addOption(
      new Option(
        '--restore <kinds...>',
        'of what the trails depend on, what may be restored; default: nothing, only reported',
      ).choices(dependencyKinds.map(({ name }) => name)),
    )
    .addOption(
      new Option(
        '--bucket-owner <account>',
        'the account of a log bucket whose owner cannot be found',
      ).argParser(accountId),
    )
    .addOption(yesOption())
    .addHelpText('after', examples('init', 'init --yes --mode observe --emails soc@example.com'))
    .action(
      localAction<Options>(async (options) => {
        requireCheckout('init');
        const before = readConfig() ?? {};
        choose(options);
        if (options.region !== undefined) requireRegion(options.region);
        process.env.AWS_REGION ??= String(before.region ?? 'us-east-1');
        const found = await surroundings(options.bucketOwner ?? null);
        requireAccount(found, before, options);
        requireOrganization(found, before, options);
        requireTrails(found, options.trails ?? []);
        note(...describe(found));
        const answers = await decide(options, before, found);
        const draft = configFrom(answers, before, found, options.region);
        parseDeployment(draft);
        note(...summary(draft, answers));
        const creates = answers.key.kind === 'new' ? ' and create the key' : '';
        await confirm(`Write ${configFile}${creates}?`, options);
        const config = await withKey(answers, draft, before);
        parseDeployment(config);
        writeConfig(config);
        answerIn(options.json)({ file: configFile, trailkeeper: config }, () => [
          `${configFile} is written. Next:`,
          ...nextSteps(config, answers),
        ]);
        return 0;
      }),
    );

function requireRegion(region: string): void {
  if (partitionIn(region) !== undefined) return;
  throw new Error(`${region} is not a known Region: pass --region with one, for example us-east-1`);
}

function requireAccount({ account }: Surroundings, before: WrittenConfig, options: Options): void {
  const expected = options.account ?? before.account ?? account;
  if (expected === account) return;
  throw new Error(
    options.account === undefined
      ? `${configFile} is for account ${expected}, but your credentials are of account ${account}: use other credentials, or remove the context trailkeeper from ${configFile} to begin anew`
      : `your credentials are of account ${account}, not ${expected}: use other credentials`,
  );
}

function requireOrganization(
  { account, organization }: Surroundings,
  before: WrittenConfig,
  options: Options,
): void {
  const expected = options.organization ?? before.organization?.id;
  if (expected === undefined || expected === organization?.id) return;
  throw new Error(
    `account ${account} is not in the organization ${expected}: it is in ${organization?.id ?? 'no organization'}`,
  );
}

function requireTrails({ account, trails }: Surroundings, named: readonly string[]): void {
  if (trails.length === 0) {
    throw new Error(`account ${account} has no trail: create one, then run this again`);
  }
  const missing = named.find((arn) => trails.every((trail) => trail.arn !== arn));
  if (missing === undefined) return;
  const there = trails.map(({ arn }) => arn).join(', ');
  throw new Error(`account ${account} has no trail ${missing}. It has ${there}`);
}

const describe = (found: Surroundings): readonly string[] => [
  ...describeAccount(found),
  'What the trails depend on:',
  ...foundIn(found.trails).map((one) => `  ${titleWithOwner(one)}`),
];

function describeAccount({ account, organization, trails }: Surroundings): readonly string[] {
  const owns = `Account ${account} has ${trails.length === 1 ? 'one trail' : `${trails.length} trails`}`;
  if (organization === null) return [`${owns} and is in no organization.`];
  const { id, managementAccount } = organization;
  if (managementAccount === account) return [`${owns} and manages the organization ${id}.`];
  return [
    `${owns} and is a member of the organization ${id}.`,
    `Only a deployment in the management account ${managementAccount} can protect`,
    "organization trails and restore CloudTrail's access to the organization.",
  ];
}

/** Asks at a terminal; without one, or with --yes, takes the options and the defaults. */
async function decide(
  options: Options,
  before: WrittenConfig,
  found: Surroundings,
): Promise<Answers> {
  const defaults = answersFrom(options, before, found, await approverArn(found.caller));
  if (options.yes) return withApprovers(defaults);
  if (!streams().stdin.isTTY) {
    throw new NotConfirmedError('nothing was changed: there is no terminal to ask at: add --yes');
  }
  const { ask } = await import('../init/ask.ts');
  return ask(found.trails, defaults).catch((error: Error) => {
    if (error.name !== 'ExitPromptError') throw error;
    throw new NotConfirmedError('nothing was changed');
  });
}

function withApprovers(answers: Answers): Answers {
  if (answers.approvers.length > 0) return answers;
  throw new Error('a root user cannot approve: pass --approvers with the ARNs of users or roles');
}

function summary(
  config: WrittenConfig,
  { key, approvers, dependencies }: Answers,
): readonly string[] {
  const { restore: restored, replicationRoles: roles, accounts } = dependencies;
  const { region, mode, trails = [], emails = [], channels } = config;
  return [
    '',
    `mode         ${mode}`,
    `main Region  ${region}`,
    ...trails.map((arn, i) => `${i === 0 ? 'trails' : '      '}       ${arn}`),
    ...approvers.map((arn, i) => `${i === 0 ? 'approvers' : '         '}    ${arn}`),
    `signing key  ${keySummary(key)}`,
    ...restored.map((arn, i) => `${i === 0 ? 'restores' : '        '}     ${arn}`),
    ...restored.flatMap((arn) => roles[arn] ?? []).map((role) => `passes to S3 ${role}`),
    ...accounts.map((account) => `role in      account ${account}`),
    `alarms to    ${emails.join(', ') || 'no one by e-mail'}`,
    `Slack        ${channels?.slack?.channel ?? 'no'}`,
    '',
    ...(emails.length === 0 && channels === undefined ? [noRecipients] : []),
  ];
}

const noRecipients =
  'Alerts reach no one: add --emails with an address, or --slack-channel with a channel.';

function keySummary(key: Answers['key']): string {
  if (key.kind === 'kept') return 'as before';
  if (key.kind === 'none') return 'none';
  if (key.kind === 'existing') return key.key;
  return key.where === 'kms' ? 'a new KMS key' : `a new key in ${key.where}`;
}
