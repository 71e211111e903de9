import type { Aws } from '#aws/clients.ts';
import { nameOf } from '#aws/errors.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { Impact } from '../impact.ts';
import type { States } from '../kind.ts';
import { NotReportedError } from '../reported.ts';
import { settings } from '../settings.ts';
import type { Settings } from '../settings-table.ts';

/** The state of a dependency that exists and is fit for use, if AWS has no better name for it. */
export const there = 'there';

/** The state of a dependency that does not exist, or that trailkeeper may not read, which is common in another account. */
export const gone = 'gone';
export const accessDenied = 'not readable';

/**
 * The settings that name the dependencies: those of the baseline, or at a capture of the live trail; null without a trail. What the
 * baseline names is checked, not what the live trail names.
 */
export async function namingSettings(
  aws: Aws,
  trail: Trail,
  now: Date,
  { settings: desired }: States,
): Promise<Settings | null> {
  const named = (desired as Settings | undefined) ?? (await settings.observe(aws, trail, now));
  if (named !== null && !named.S3BucketName) {
    throw new NotReportedError('GetTrail returned no S3BucketName');
  }
  return named;
}

/** What the settings of a baseline name; null if they name none. */
export const namedIn = (
  { settings: named }: States = {},
  setting: 'KmsKeyId' | 'SnsTopicARN' | 'CloudWatchLogsLogGroupArn' | 'CloudWatchLogsRoleArn',
): string | null => (named as Settings | undefined)?.[setting] ?? null;

/** Whether a baseline protects no field of those of a kind. */
export const isUnprotected = (wanted: object, fields: object): boolean =>
  Object.keys(fields).every((field) => Reflect.get(wanted, field) === null);

/** What a read says, or that the dependency does not exist or may not be read. Any other error is thrown. */
export const unlessUnseen = <Answer>(
  asked: Promise<Answer>,
  says: (answer: Answer) => string | undefined,
): Promise<string | undefined> => asked.then(says, unseenFor);

/** The same of a read whose whole answer is needed. */
export const readOr = <Answer>(
  asked: Promise<Answer>,
): Promise<Answer | ReturnType<typeof unseenFor>> => asked.catch(unseenFor);

function unseenFor(error: unknown): typeof gone | typeof accessDenied {
  if (nameOf(error) === 'NotFoundException') return gone;
  if (isRefusal(error)) return accessDenied;
  throw error;
}

/** The result of a read, or that it is denied. Any other error is thrown. */
export async function readable<Read>(read: Promise<Read>): Promise<Read | typeof accessDenied> {
  try {
    return await read;
  } catch (error) {
    if (isRefusal(error)) return accessDenied;
    throw error;
  }
}

/**
 * Whether a client works in an account. Calls that name a resource without its account, as those of IAM do, would otherwise find, or
 * create, another one of this name. The caller's own account is taken for that of the trail.
 */
export async function isClientOf(
  client: { readonly config: { credentials(): Promise<{ readonly accountId?: string }> } },
  account: string | null,
  { accountId }: Pick<Trail, 'accountId'>,
): Promise<boolean> {
  return account === accountId || (await client.config.credentials()).accountId === account;
}

/** Whether an error, or the error of this name, says that the caller may not do something. */
export const isRefusal = (error: unknown): boolean => isDenial(nameOf(error));
export const isDenial = (error: string): boolean => refusals.includes(error);

const refusals = [
  'AccessDeniedException',
  'AccessDenied',
  'AuthorizationErrorException',
  'AuthorizationError',
];

/** Whether a state is one of something that exists. */
export const isSeen = (seen: string | null | undefined): boolean =>
  Boolean(seen) && seen !== accessDenied;

/**
 * What a baseline requires of a log group or role, with null for what could not be read. What a missing one had is not known: a baseline
 * that was captured of it requires only that it exists.
 */
export function knownPart<State extends { readonly Existence: string | null }>(
  observed: State,
  unprotected: State,
): State {
  const isMissing = observed.Existence === gone;
  const seen = Object.entries({ ...unprotected, ...(!isMissing && observed) });
  const known = seen.map(([field, value]) => [field, value === accessDenied ? null : value]);
  const isKnown = isMissing || observed.Existence === there;
  return { ...(Object.fromEntries(known) as State), Existence: isKnown ? there : null };
}

/** What could be read at the capture, perhaps with other permissions, and is denied now. */
export const unseen = (
  what: string,
  action: string,
  field: string,
  severity: Impact['severity'],
): Impact => ({
  description: `${what} cannot be checked and may not exist: grant the role of trailkeeper ${action} on it, or let the policy of the baseline ignore ${field}`,
  severity,
  losesCoverage: false,
});
