import type { WrittenConfig } from './config-file.ts';
import {
  answersIn,
  type DependencyAnswers,
  dependencyConfig,
  type FoundDependency,
  otherAccounts,
} from './dependencies.ts';
import type { FoundTrail, Surroundings } from './surroundings.ts';

/** What a person decides; the rest is found. */
export type Answers = {
  readonly trails: readonly string[];
  readonly mode: 'observe' | 'enforce';
  /** The users and roles that may write baselines, and sign with a KMS key that is created. */
  readonly approvers: readonly string[];
  /** `new`: in AWS KMS (`kms`) or in a file. `kept`: what is in the configuration already. */
  readonly key:
    | { readonly kind: 'new'; readonly where: string }
    | { readonly kind: 'existing'; readonly key: string }
    | { readonly kind: 'kept' }
    | { readonly kind: 'none' };
  readonly emails: readonly string[];
  readonly slackChannel: string | null;
  readonly dependencies: DependencyAnswers;
};

export type InitOptions = {
  readonly region?: string;
  readonly account?: string;
  readonly organization?: string;
  readonly trails?: readonly string[];
  readonly mode?: 'observe' | 'enforce';
  readonly newKey?: string;
  readonly approvers?: readonly string[];
  readonly signingKey?: string;
  readonly emails?: readonly string[];
  readonly slackChannel?: string;
  readonly restore?: readonly string[];
  readonly bucketOwner?: string;
  readonly yes?: true;
};

/** The answers without a question: the options, else the configuration as it is, else what is recommended. `caller` may approve. */
export function answersFrom(
  options: InitOptions,
  before: WrittenConfig,
  { trails }: Surroundings,
  caller: string | null,
): Answers {
  const { trails: named, emails, mode, channels, approvers } = before;
  return {
    trails: options.trails ?? named ?? trails.map(({ arn }) => arn),
    mode: options.mode ?? mode ?? 'enforce',
    approvers: options.approvers ?? approvers ?? (caller === null ? [] : [caller]),
    key: keyFrom(options, before),
    emails: options.emails ?? emails ?? [],
    slackChannel: options.slackChannel ?? channels?.slack?.channel ?? null,
    dependencies: dependenciesFrom(options, before, trails),
  };
}

/** With `restore`, those of these kinds, and roles in the other accounts that own them. */
function dependenciesFrom(
  { restore }: InitOptions,
  before: WrittenConfig,
  trails: readonly FoundTrail[],
): DependencyAnswers {
  const known = answersIn(before);
  if (restore === undefined) return known;
  const restored = foundIn(trails).filter(({ kind }) => restore.includes(kind));
  return {
    ...known,
    restore: restored.map(({ arn }) => arn),
    accounts: [...new Set([...known.accounts, ...otherAccounts(restored)])],
  };
}

/** What trails depend on, each once. */
export const foundIn = (trails: readonly FoundTrail[]): readonly FoundDependency[] => [
  ...new Map(
    trails.flatMap(({ dependencies }) => dependencies).map((one) => [one.arn, one]),
  ).values(),
];

function keyFrom({ signingKey, newKey }: InitOptions, before: WrittenConfig): Answers['key'] {
  if (signingKey !== undefined) return { kind: 'existing', key: signingKey };
  if (newKey === 'none') return { kind: 'none' };
  const isConfigured = before.account !== undefined;
  if (newKey === undefined && isConfigured) return { kind: 'kept' };
  return { kind: 'new', where: newKey ?? 'kms' };
}

/** The configuration without the new signing key. Fields that no answer is about stay as they are. */
export function configFrom(
  answers: Answers,
  before: WrittenConfig,
  { account, organization, delegatedAdministrators, trails }: Surroundings,
  region: string | undefined,
): WrittenConfig {
  const chosen = trails.filter(({ arn }) => answers.trails.includes(arn));
  const homeRegions = [...new Set(chosen.map((trail) => trail.region))];
  const isManagement = organization?.managementAccount === account;
  const { organization: known, channels, ...kept } = before;
  return {
    ...kept,
    mode: answers.mode,
    account,
    region: region ?? before.region ?? mostFrequent(chosen.map((trail) => trail.region)),
    ...(isManagement && {
      organization: known ?? {
        id: organization.id,
        ...(delegatedAdministrators.length > 0 && { delegatedAdministrators }),
      },
    }),
    homeRegions,
    trails: answers.trails,
    approvers: answers.approvers,
    emails: answers.emails,
    ...dependencyConfig(answers.dependencies, before, foundIn(chosen)),
    ...channelsFrom(answers, channels),
  };
}

function channelsFrom(
  { slackChannel }: Answers,
  before: WrittenConfig['channels'],
): Pick<WrittenConfig, 'channels'> {
  if (slackChannel === null) return before === undefined ? {} : { channels: before };
  return { channels: { ...before, slack: { ...before?.slack, channel: slackChannel } } };
}

function mostFrequent(regions: readonly string[]): string {
  const count = (region: string) => regions.filter((one) => one === region).length;
  return regions.toSorted((one, other) => count(other) - count(one))[0] ?? '';
}
