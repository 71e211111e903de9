import { checkbox, input, select } from '@inquirer/prompts';
import { streams } from '../session.ts';
import type { Answers, NewKey } from './answers.ts';
import type { FoundTrail } from './surroundings.ts';

/** Asks a person at the terminal. `defaults` is what Enter takes. */
export async function ask(
  trails: readonly FoundTrail[],
  defaults: Answers,
  approver: string | null,
): Promise<Answers> {
  const { stdin, stderr } = streams();
  const on = { input: stdin, output: stderr };
  const chosen = await checkbox(
    {
      message: 'Which trails should trailkeeper guard?',
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
  const newKey = defaults.key.kind === 'new' ? await askForKey(on, approver) : defaults.key;
  const emails = await input(
    { message: 'E-mail addresses for alarms:', default: defaults.emails.join(' ') },
    on,
  );
  const slackChannel = await input(
    {
      message: 'Slack channel, for example #alerts (empty: no Slack):',
      default: defaults.slackChannel ?? '',
    },
    on,
  );
  return {
    trails: chosen,
    mode,
    key: newKey,
    emails: emails.split(/[\s,]+/).filter((address) => address !== ''),
    slackChannel: slackChannel.trim() || null,
  };
}

type On = { readonly input: NodeJS.ReadStream; readonly output: NodeJS.WriteStream };

async function askForKey(on: On, approver: string | null): Promise<Answers['key']> {
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
    return { kind: 'new', where: file, approvers: [] };
  }
  const approvers = await input(
    {
      message: 'Users and roles that may sign (ARNs):',
      required: true,
      ...(approver !== null && { default: approver }),
    },
    on,
  );
  return { kind: 'new', where: 'kms', approvers: approvers.split(/[\s,]+/) } satisfies NewKey;
}

const describeTrail = ({ name, region, isOrganizationTrail, isLogging, bucket }: FoundTrail) =>
  [
    `${name} (${region})`,
    isOrganizationTrail ? 'organization trail' : 'trail of this account',
    ...(isLogging ? [] : ['NOT LOGGING']),
    `to ${bucket}`,
  ].join(', ');
