import { checkbox, confirm, input, select } from '@inquirer/prompts';
import { slackChannelId } from '#alert/channel-settings.ts';
import { streams } from '../session.ts';
import { wrap } from '../terminal.ts';
import { type Answers, foundIn } from './answers.ts';
import {
  type DependencyAnswers,
  type FoundDependency,
  nameOfKind,
  otherAccounts,
  titleWithOwner,
} from './dependencies.ts';
import type { FoundTrail } from './surroundings.ts';

/** Asks a person at the terminal. `defaults` is what Enter takes. */
export async function ask(trails: readonly FoundTrail[], defaults: Answers): Promise<Answers> {
  const { stdin, stderr } = streams();
  const on = { input: stdin, output: stderr };
  const chosen = await checkbox(
    {
      message: 'Which trails should trailkeeper protect?',
      required: true,
      choices: trails.map((trail) => ({
        value: trail.arn,
        name: describeTrail(trail),
        short: trail.name,
        checked: defaults.trails.includes(trail.arn),
      })),
    },
    on,
  );
  const mode = await select(
    {
      message: 'What should it do about unauthorized changes?',
      default: defaults.mode,
      choices: [
        { value: 'enforce' as const, name: 'restore the trail and report', short: 'enforce' },
        { value: 'observe' as const, name: 'report only', short: 'observe' },
      ],
    },
    on,
  );
  const dependencies = await askForDependencies(
    foundIn(trails.filter(({ arn }) => chosen.includes(arn))),
    defaults.dependencies,
    on,
  );
  const approvers = await input(
    {
      message: 'Users and roles that may change baselines (ARNs):',
      required: true,
      default: defaults.approvers.join(' '),
    },
    on,
  );
  const newKey = defaults.key.kind === 'new' ? await askForKey(on) : defaults.key;
  const emails = await input(
    { message: 'E-mail addresses for alarms:', default: defaults.emails.join(' ') },
    on,
  );
  const slackChannel = await input(
    {
      message: 'ID of the Slack channel, for example C0123ABCDEF (empty: no Slack):',
      default: defaults.slackChannel ?? '',
      validate: problemWithChannel,
    },
    on,
  );
  return {
    trails: chosen,
    mode,
    approvers: listed(approvers),
    key: newKey,
    emails: listed(emails),
    slackChannel: slackChannel.trim() || null,
    dependencies,
  };
}

/** What is only reported in another account needs a role there, too, to be compared at all. */
async function askForDependencies(
  found: readonly FoundDependency[],
  defaults: DependencyAnswers,
  on: On,
): Promise<DependencyAnswers> {
  const restore = await checkbox(
    {
      message: 'Which of these should it restore, too? The others are only reported.',
      choices: found.map((one) => ({
        value: one.arn,
        name: titleWithOwner(one),
        short: nameOfKind(one.kind),
        checked: defaults.restore.includes(one.arn),
      })),
    },
    on,
  );
  const restored = found.filter(({ arn }) => restore.includes(arn));
  const replicationRoles = await askForRoles(restored, defaults.replicationRoles, on);
  const needed = otherAccounts(restored);
  const accounts = [...needed];
  for (const account of otherAccounts(found)) {
    if (needed.includes(account)) continue;
    const isRead = await confirm(
      {
        message: `Deploy a role in account ${account} to read what is there?`,
        default: defaults.accounts.includes(account),
      },
      on,
    );
    if (isRead) accounts.push(account);
  }
  return { restore, replicationRoles, accounts };
}

/** Asks for each role that replicates a bucket. The configuration keeps a role that was not found. */
async function askForRoles(
  restored: readonly FoundDependency[],
  before: DependencyAnswers['replicationRoles'],
  on: On,
): Promise<DependencyAnswers['replicationRoles']> {
  const roles = { ...before };
  for (const { arn, title, replicationRole: role } of restored) {
    if (role === null) continue;
    const isPassed = await confirm(
      {
        message: wrap(
          `May trailkeeper pass the role ${role} to S3, to restore the replication of the ${title}? Say yes only if the role may write to the copy and to nothing else.`,
          78,
        ).join('\n'),
        default: before[arn] === role,
      },
      on,
    );
    if (isPassed) roles[arn] = role;
    else if (before[arn] === role) delete roles[arn];
  }
  return roles;
}

type On = { readonly input: NodeJS.ReadStream; readonly output: NodeJS.WriteStream };

async function askForKey(on: On): Promise<Answers['key']> {
  const where = await select(
    {
      message: 'Which key should sign baselines?',
      choices: [
        {
          value: 'kms' as const,
          name: 'a new KMS key in this account (recommended, $1 a month)',
          short: 'a new KMS key',
        },
        {
          value: 'file' as const,
          name: 'a new private key in a file, to keep outside the account',
          short: 'a new file',
        },
        { value: 'existing' as const, name: 'a key that exists', short: 'a key that exists' },
        {
          value: 'none' as const,
          name: 'none: only the resource policy of the table protects them',
          short: 'none',
        },
      ],
    },
    on,
  );
  if (where === 'existing') {
    const key = await input({ message: 'KMS key ARN, or file:', required: true }, on);
    return { kind: 'existing', key };
  }
  if (where === 'file') {
    const file = await input({ message: 'File:', default: 'trailkeeper-key.pem' }, on);
    return { kind: 'new', where: file };
  }
  return where === 'none' ? { kind: 'none' } : { kind: 'new', where };
}

function problemWithChannel(text: string): true | string {
  if (text.trim() === '') return true;
  const [issue] = slackChannelId.safeParse(text.trim()).error?.issues ?? [];
  return issue?.message ?? true;
}

const listed = (text: string): readonly string[] =>
  text.split(/[\s,]+/).filter((one) => one !== '');

const describeTrail = ({ name, region, isOrganizationTrail, isLogging, bucket }: FoundTrail) =>
  [
    `${name} (${region})`,
    isOrganizationTrail ? 'organization trail' : 'trail of this account',
    ...(isLogging ? [] : ['NOT LOGGING']),
    `to ${bucket}`,
  ].join(', ');
