import type { States } from '#drift/kind.ts';
import type { Settings } from '#drift/settings-table.ts';
import { parseTrailArn, type TrailArn } from '#trail/trail-arn.ts';

/** The setting of a trail that names each dependency, by drift kind. */
export const namedBy = {
  bucket: 'S3BucketName',
  key: 'KmsKeyId',
  topic: 'SnsTopicARN',
  'log-group': 'CloudWatchLogsLogGroupArn',
  'log-role': 'CloudWatchLogsRoleArn',
} as const satisfies Record<string, keyof Settings>;

export type NamedDependency = {
  readonly kind: keyof typeof namedBy;
  /** For people: `bucket org-logs`, `topic arn:…`. */
  readonly title: string;
  readonly arn: string;
  /** The account that owns it; null if that is not known of a bucket. */
  readonly account: string | null;
};

const words: Readonly<Record<NamedDependency['kind'], string>> = {
  bucket: 'bucket',
  key: 'key',
  topic: 'topic',
  'log-group': 'log group',
  'log-role': 'role',
};

/** What a trail with these states depends on. */
export function namedDependencies(trail: TrailArn, states: States): readonly NamedDependency[] {
  const [, partition] = trail.split(':');
  const settings = (states.settings ?? {}) as Partial<Settings>;
  const owner = memberOf(states.bucket, 'Owner');
  return (Object.keys(namedBy) as readonly NamedDependency['kind'][]).flatMap((kind) => {
    const name = settings[namedBy[kind]] ?? null;
    if (typeof name !== 'string') return [];
    const arn = kind === 'bucket' ? `arn:${partition}:s3:::${name}` : name.replace(/:\*$/, '');
    const account =
      kind === 'bucket' ? owner : (arn.split(':')[4] ?? parseTrailArn(trail).accountId);
    const title = `${words[kind]} ${kind === 'bucket' ? name : arn}`;
    return [{ kind, title, arn, account: typeof account === 'string' ? account : null }];
  });
}

/** The same, and the alarms on what a log group counts, which are another drift kind. */
export const observedDependencies = (trail: TrailArn, states: States) =>
  namedDependencies(trail, states).flatMap((one) =>
    one.kind === 'log-group'
      ? [one, { ...one, kind: 'alarms' as const, title: `alarms on ${one.title}` }]
      : [one],
  );

/** What a drift kind is about, for people: `log group trail (account 111122223333)`. Null if it is no dependency, or not named. */
export function dependencyTitle(trail: TrailArn, states: States, kind: string): string | null {
  const named = namedDependencies(trail, states).find(
    (one) => one.kind === (kind === 'alarms' ? 'log-group' : kind),
  );
  if (named === undefined) return null;
  const { arn, account } = named;
  const name = arn.replace(/^(?:[^:]*:){5}(?:key\/|log-group:|role\/)?/, '');
  const title = `${kind === 'alarms' ? 'alarms on ' : ''}${words[named.kind]} ${name}`;
  return account === null ? title : `${title} (account ${account})`;
}

/** A member of a state that may be missing. */
export const memberOf = (state: object | undefined, name: string): unknown =>
  state && Reflect.get(state, name);
