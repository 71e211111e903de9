import * as z from 'zod';
import type { Aws } from '#aws/clients.ts';
import { regionPattern } from '#aws/partitions.ts';
import type { Change } from '#text/diff.ts';
import { must } from '#text/schema-messages.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { createdAgain } from './bucket-loss.ts';
import {
  accessDenied,
  gone,
  headBucket,
  keyState,
  logGroupState,
  type Probe,
  topicState,
} from './destination-probes.ts';
import { lateAtMost } from './history-model.ts';
import type { Impact } from './impact.ts';
import { type DriftKind, guardedTrails, type States } from './kind.ts';
import { NotReportedError } from './reported.ts';
import { settings } from './settings.ts';
import type { Settings } from './settings-schema.ts';

const state = z.strictObject({
  BucketRegion: text(new RegExp(`^${regionPattern}$`), 'be the Region of the bucket, or null'),
  BucketOwner: text(/^\d{12}$/, 'be the id of the account that owns the bucket, or null'),
  KeyState: z.literal('Enabled', must('be Enabled, or null')).nullable(),
  Topic: z.literal('there', must('be there, or null')).nullable(),
  LogGroup: z.literal('there', must('be there, or null')).nullable(),
});
const declared = state.partial();

type Field = keyof z.infer<typeof state>;
/** What the trail delivers to, as far as it is guarded: null is what is not. */
type Sink = { readonly [field in Field]: string | null };

/**
 * What the trail of the baseline delivers to is there, can be used, and is still its owners': the name of a bucket that was
 * deleted is free for whoever makes the next one. What could not be seen at the capture is null, and not guarded. None of it
 * is the trail, so only people put it right.
 */
export const destinations: DriftKind<Sink, never> = {
  name: 'sink',
  state: state as z.ZodType<Sink> & typeof state,
  fileFormat: {
    schema: declared,
    resolve: async (written) => declared.parse(written) as Sink,
  },
  // Calls that change what is seen; what else changes a bucket, a key, a topic or a log group is not ours to know.
  triggers: [
    {
      eventSource: 's3.amazonaws.com',
      eventNames: ['CreateBucket', 'DeleteBucket', 'PutBucketPolicy', 'DeleteBucketPolicy'],
    },
    {
      eventSource: 'kms.amazonaws.com',
      eventNames: [
        'EnableKey',
        'DisableKey',
        'ScheduleKeyDeletion',
        'CancelKeyDeletion',
        'DeleteImportedKeyMaterial',
      ],
    },
    { eventSource: 'sns.amazonaws.com', eventNames: ['DeleteTopic'] },
    { eventSource: 'logs.amazonaws.com', eventNames: ['CreateLogGroup', 'DeleteLogGroup'] },
  ],
  permissions: {
    observe: [
      { actions: ['cloudtrail:GetTrail'], resources: guardedTrails },
      // HeadBucket is allowed by it, and by nothing narrower. Source: Amazon S3 API reference, HeadBucket, "Permissions".
      { actions: ['s3:ListBucket'], resources: ({ buckets }) => buckets },
      { actions: ['kms:DescribeKey'], resources: ({ keys }) => keys },
      { actions: ['sns:GetTopicAttributes'], resources: ({ topics }) => topics },
      // Nor can this one be granted on anything narrower. Source: Service Authorization Reference, Amazon CloudWatch Logs.
      { actions: ['logs:DescribeLogGroups'], resources: () => ['*'] },
    ],
    repair: [],
  },

  async observe(aws, trail, now, { settings: named, sink: desired = {} }: States = {}) {
    const to = (named as Settings | undefined) ?? (await settings.observe(aws, trail, now));
    if (to === null) return null;
    if (!to.S3BucketName) throw new NotReportedError('GetTrail answered without S3BucketName');
    const wanted = desired as Partial<Sink>;
    const look = async (field: Field, arn: string | null, see: Probe) =>
      arn === null || wanted[field] === null ? (wanted[field] ?? null) : see(aws, arn);
    const [bucket, KeyState, Topic, LogGroup] = await Promise.all([
      lookAtBucket(aws, to.S3BucketName, trail, wanted),
      look('KeyState', to.KmsKeyId, keyState),
      look('Topic', to.SnsTopicARN, topicState),
      look('LogGroup', to.CloudWatchLogsLogGroupArn, logGroupState),
    ]);
    const others = Object.entries({ KeyState, Topic, LogGroup });
    const reported = Object.fromEntries(others.filter(([, seen]) => seen !== undefined));
    return { ...bucket, ...reported } as Sink;
  },

  toBaseline: ({ BucketRegion, BucketOwner, KeyState, Topic, LogGroup }) => ({
    BucketRegion,
    BucketOwner,
    KeyState: isSeen(KeyState) ? 'Enabled' : null,
    Topic: isSeen(Topic) ? 'there' : null,
    LogGroup: isSeen(LogGroup) ? 'there' : null,
  }),

  impact: (change) => impacts[change.path as Field](change),

  repair: () => [],

  async apply() {},

  past: {
    // What is null is not guarded, but for a bucket: that one is gone, and a call tells where it is made again.
    after({ eventName, cause }, before) {
      if (eventName === 'CreateBucket') return { set: { BucketRegion: cause.region } };
      const set = made[eventName];
      if (set === undefined) return null;
      const guarded = Object.entries(set).filter(([field]) => before[field as Field] !== null);
      return { set: Object.fromEntries(guarded) };
    },
    missing: ({ path }) =>
      path === 'BucketRegion' || path === 'BucketOwner' || path === 'KeyState' ? lateAtMost : null,
  },
};

/** What calls make of what a trail delivers to. Source: AWS KMS developer guide, "Key states of AWS KMS keys". */
const made: Readonly<Record<string, Partial<Sink>>> = {
  DeleteBucket: { BucketRegion: null },
  EnableKey: { KeyState: 'Enabled' },
  DisableKey: { KeyState: 'Disabled' },
  ScheduleKeyDeletion: { KeyState: 'PendingDeletion' },
  CancelKeyDeletion: { KeyState: 'Disabled' },
  DeleteImportedKeyMaterial: { KeyState: 'PendingImport' },
  DeleteTopic: { Topic: gone },
  CreateLogGroup: { LogGroup: 'there' },
  DeleteLogGroup: { LogGroup: gone },
};

function text(pattern: RegExp, rule: string) {
  return z.string(must(rule)).regex(pattern, must(rule)).nullable();
}

const isSeen = (seen: string | null | undefined): boolean => Boolean(seen) && seen !== accessDenied;

const anotherAccount = 'another account';

/**
 * The bucket's Region, which S3 tells anybody, and its owner, whom S3 tells nobody: it answers whether the owner is a given account,
 * and that to whom the bucket's policy lets in. To others, a bucket of somebody else is one that they may not see. A capture
 * asks for the trail's own account unless a person names another one. Source: Amazon S3 user guide, "Verifying bucket ownership
 * with bucket owner condition".
 */
async function lookAtBucket(
  aws: Aws,
  Bucket: string,
  { region: home, accountId }: Trail,
  { BucketRegion: region, BucketOwner: owner }: Partial<Sink>,
): Promise<Pick<Sink, 'BucketRegion' | 'BucketOwner'>> {
  const head = (ExpectedBucketOwner: string | null) =>
    headBucket(aws, region ?? home, {
      Bucket,
      ...(ExpectedBucketOwner !== null && { ExpectedBucketOwner }),
    });
  const asked = owner === undefined ? accountId : owner;
  const seen = await head(asked);
  return { BucketRegion: region === null ? null : seen.region, BucketOwner: await seenOwner() };

  async function seenOwner(): Promise<string | null> {
    if (asked === null || seen.isLetIn) return asked;
    if (owner === undefined) return null;
    // That the bucket is gone is told once.
    if (seen.region === null) return region === null ? gone : asked;
    return (await head(null)).isLetIn ? anotherAccount : accessDenied;
  }
}

const impacts: Readonly<Record<Field, (change: Change) => Impact>> = {
  BucketRegion({ desired, actual }) {
    if (actual === null) return bucketGone;
    if (String(actual).startsWith(createdAgain)) return bucketCreatedAgain;
    return lost(
      `the bucket of the log is in ${actual} and was in ${desired}: a bucket does not move, so it was deleted, and made again by whoever reads the log now. Have the trail log to a bucket of yours, and capture it again with --reason`,
    );
  },
  BucketOwner({ desired, actual }) {
    if (actual === gone) return bucketGone;
    return actual === accessDenied
      ? lost(
          `the bucket of the log can not be seen to belong to ${desired}: it is another account's by now, or it no longer lets trailkeeper look. Look for it in ${desired}: if it is there, let the role of trailkeeper have s3:ListBucket on it, or else have the trail log to a bucket of yours`,
        )
      : lost(
          `the bucket of the log does not belong to ${desired}: somebody else made one of its name, and reads the log. Have the trail log to a bucket of yours, and capture it again with --reason`,
        );
  },
  KeyState: ({ actual }) =>
    keyImpacts[String(actual)] ??
    unusable(
      `the key of the log can not be used, being ${actual}: with it nothing can be delivered or read`,
    ),
  Topic: ({ actual }) =>
    actual === accessDenied
      ? unseen('the topic', 'sns:GetTopicAttributes', 'Topic')
      : {
          words:
            'the topic is gone, so new log files are not announced: make it again, with its policy and its subscriptions',
          severity: 'medium',
          losesCoverage: false,
        },
  LogGroup: ({ actual }) =>
    actual === accessDenied
      ? unseen('the log group', 'logs:DescribeLogGroups', 'LogGroup')
      : {
          words:
            'the log group is gone, so alarms and live monitoring see nothing: make it again, with its retention, filters and subscriptions',
          severity: 'high',
          losesCoverage: false,
        },
};

const lost = (words: string): Impact => ({ words, severity: 'critical', losesCoverage: true });

const bucketGone = lost(
  'the bucket of the log is gone: make it again, in the account that owned it, before somebody else takes its name',
);

const bucketCreatedAgain = lost(
  'the bucket of the log was deleted and created again, and may belong to someone else: trailkeeper cannot see its owner. Look for it in the account that owned it. If it is there, let the role of trailkeeper have s3:ListBucket on it, and capture the trail again with --bucket-owner and --reason. If not, have the trail log to a bucket of yours',
);

/**
 * What each state of a key costs. One that can be brought back costs no record: whether log files arrive, delivery tells, and a
 * trail may have been made again without its key. Source: AWS KMS developer guide, "Key states of AWS KMS keys".
 */
const keyImpacts: Readonly<Record<string, Impact>> = {
  Disabled: unusable(
    'the key of the log is disabled: with it nothing can be delivered or read. CloudTrail keeps trying for 30 days: enable it',
  ),
  PendingDeletion: doomed('the key of the log is scheduled for deletion'),
  PendingReplicaDeletion: doomed(
    'the key of the log is scheduled for deletion, after its replicas',
  ),
  PendingImport: lost(
    'the key of the log has lost its material: with it nothing can be delivered or read. Import the material again',
  ),
  [gone]: lost(
    'the key of the log is gone: what it encrypted nobody can read. Have the trail use another key, and capture it again with --reason',
  ),
  [accessDenied]: unseen('the key', 'kms:DescribeKey', 'KeyState'),
};

function doomed(what: string): Impact {
  const words = `${what}: after that nobody can read what it encrypted, and until then with it nothing can be delivered or read. Cancel the deletion, and enable the key`;
  return { words, severity: 'critical', losesCoverage: false };
}

function unusable(words: string): Impact {
  return { words, severity: 'high', losesCoverage: false };
}

/** What was seen at the capture, be it by somebody with other rights, and is refused now. */
function unseen(what: string, action: string, field: Field): Impact {
  return {
    words: `${what} may not be looked at, so it may be gone: let the role of trailkeeper have ${action} on it, or have the policy of the baseline ignore sink.${field}`,
    severity: field === 'KeyState' ? 'medium' : 'low',
    losesCoverage: false,
  };
}
