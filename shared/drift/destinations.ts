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
import { delayedDelivery } from './history-model.ts';
import type { Impact } from './impact.ts';
import { type DriftKind, guardedTrails, type States } from './kind.ts';
import { NotReportedError } from './reported.ts';
import { settings } from './settings.ts';
import type { Settings } from './settings-table.ts';

const state = z.strictObject({
  BucketRegion: text(new RegExp(`^${regionPattern}$`), 'be the Region of the bucket, or null'),
  BucketOwner: text(/^\d{12}$/, 'be the id of the account that owns the bucket, or null'),
  KeyState: z.literal('Enabled', must('be Enabled, or null')).nullable(),
  Topic: z.literal('there', must('be there, or null')).nullable(),
  LogGroup: z.literal('there', must('be there, or null')).nullable(),
});
const declared = state.partial();

type Field = keyof z.infer<typeof state>;
/** The trail's destinations, as far as they are guarded; null means not guarded. */
type Destinations = { readonly [field in Field]: string | null };

/**
 * The baseline's destinations exist, can be used, and still belong to their owners: anyone can create a bucket with the name of a
 * deleted one. What could not be read at the capture is null and not guarded. Destinations are not part of the trail, so only
 * people restore them.
 */
export const destinations: DriftKind<Destinations, never> = {
  name: 'destinations',
  state: state as z.ZodType<Destinations> & typeof state,
  fileFormat: {
    schema: declared,
    resolve: async (written) => declared.parse(written) as Destinations,
  },
  // Calls that change this state; other changes of a bucket, key, topic or log group do not matter here.
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
      // HeadBucket needs it; nothing narrower allows it. Source: Amazon S3 API reference, HeadBucket, "Permissions".
      { actions: ['s3:ListBucket'], resources: ({ buckets }) => buckets },
      { actions: ['kms:DescribeKey'], resources: ({ keys }) => keys },
      { actions: ['sns:GetTopicAttributes'], resources: ({ topics }) => topics },
      // This action cannot be granted on anything narrower either. Source: Service Authorization Reference, Amazon CloudWatch Logs.
      { actions: ['logs:DescribeLogGroups'], resources: () => ['*'] },
    ],
    repair: [],
  },

  async observe(aws, trail, now, { settings: named, destinations: desired = {} }: States = {}) {
    const to = (named as Settings | undefined) ?? (await settings.observe(aws, trail, now));
    if (to === null) return null;
    if (!to.S3BucketName) throw new NotReportedError('GetTrail returned no S3BucketName');
    const wanted = desired as Partial<Destinations>;
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
    return { ...bucket, ...reported } as Destinations;
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

  historyModel: {
    // Null means not guarded, except for a bucket: it does not exist, and a call shows where it is created again.
    applyCall({ eventName, cause }, before) {
      if (eventName === 'CreateBucket') return { set: { BucketRegion: cause.region } };
      const set = made[eventName];
      if (set === undefined) return null;
      const guarded = Object.entries(set).filter(([field]) => before[field as Field] !== null);
      return { set: Object.fromEntries(guarded) };
    },
    coverageLoss: ({ path }) =>
      path === 'BucketRegion' || path === 'BucketOwner' || path === 'KeyState'
        ? delayedDelivery
        : null,
  },
};

/** How calls change a trail's destinations. Source: AWS KMS developer guide, "Key states of AWS KMS keys". */
const made: Readonly<Record<string, Partial<Destinations>>> = {
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
 * The bucket's Region, which S3 reports to anyone, and its owner. S3 does not name the owner: it says whether the owner is a given
 * account, and only to callers that the bucket's policy allows. For other callers access is denied. A capture asks for the trail's
 * account unless a person names another one. Source: Amazon S3 user guide, "Verifying bucket ownership
 * with bucket owner condition".
 */
async function lookAtBucket(
  aws: Aws,
  Bucket: string,
  { region: home, accountId }: Trail,
  { BucketRegion: region, BucketOwner: owner }: Partial<Destinations>,
): Promise<Pick<Destinations, 'BucketRegion' | 'BucketOwner'>> {
  const head = (ExpectedBucketOwner: string | null) =>
    headBucket(aws, region ?? home, {
      Bucket,
      ...(ExpectedBucketOwner !== null && { ExpectedBucketOwner }),
    });
  const asked = owner === undefined ? accountId : owner;
  const seen = await head(asked);
  return { BucketRegion: region === null ? null : seen.region, BucketOwner: await seenOwner() };

  async function seenOwner(): Promise<string | null> {
    if (asked === null || seen.isAllowedIn) return asked;
    if (owner === undefined) return null;
    // A missing bucket is reported once.
    if (seen.region === null) return region === null ? gone : asked;
    return (await head(null)).isAllowedIn ? anotherAccount : accessDenied;
  }
}

const impacts: Readonly<Record<Field, (change: Change) => Impact>> = {
  BucketRegion({ desired, actual }) {
    if (actual === null) return bucketGone;
    if (String(actual).startsWith(createdAgain)) return bucketCreatedAgain;
    return lost(
      `the log bucket is in ${actual} and was in ${desired}: buckets do not move, so it was deleted and created again, and its new owner reads the log. Let the trail log to your own bucket, and capture it again with --reason`,
    );
  },
  BucketOwner({ desired, actual }) {
    if (actual === gone) return bucketGone;
    return actual === accessDenied
      ? lost(
          `the log bucket cannot be verified to belong to ${desired}: either another account owns it now, or its policy no longer lets trailkeeper check. Look for it in ${desired}: if it is there, grant the role of trailkeeper s3:ListBucket on it; if not, let the trail log to your own bucket`,
        )
      : lost(
          `the log bucket does not belong to ${desired}: someone else created a bucket of this name and reads the log. Let the trail log to your own bucket, and capture it again with --reason`,
        );
  },
  KeyState: ({ actual }) =>
    keyImpacts[String(actual)] ??
    unusable(
      `the log key cannot be used: it is ${actual}: no log file can be delivered or read with it`,
    ),
  Topic: ({ actual }) =>
    actual === accessDenied
      ? unseen('the topic', 'sns:GetTopicAttributes', 'Topic')
      : {
          words:
            'the topic does not exist, so no notifications of new log files are sent: create it again with its policy and subscriptions',
          severity: 'medium',
          losesCoverage: false,
        },
  LogGroup: ({ actual }) =>
    actual === accessDenied
      ? unseen('the log group', 'logs:DescribeLogGroups', 'LogGroup')
      : {
          words:
            'the log group does not exist, so alarms and live monitoring see nothing: create it again with its retention, filters and subscriptions',
          severity: 'high',
          losesCoverage: false,
        },
};

const lost = (words: string): Impact => ({ words, severity: 'critical', losesCoverage: true });

const bucketGone = lost(
  'the log bucket does not exist: create it again in the account that owned it, before someone else takes its name',
);

const bucketCreatedAgain = lost(
  'the log bucket was deleted and created again, and may belong to someone else: trailkeeper cannot see its owner. Look for it in the account that owned it. If it is there, grant the role of trailkeeper s3:ListBucket on it, and capture the trail again with --bucket-owner and --reason. If not, let the trail log to your own bucket',
);

/**
 * The impact of each state of a key. A key that can be recovered loses no events: kind `delivery` reports whether log files arrive, and
 * a trail may have been recreated without its key. Source: AWS KMS developer guide, "Key states of AWS KMS keys".
 */
const keyImpacts: Readonly<Record<string, Impact>> = {
  Disabled: unusable(
    'the log key is disabled: no log file can be delivered or read with it. CloudTrail keeps trying for 30 days: enable it',
  ),
  PendingDeletion: doomed('the log key is scheduled for deletion'),
  PendingReplicaDeletion: doomed('the log key is scheduled for deletion, after its replicas'),
  PendingImport: lost(
    'the log key has lost its key material: no log file can be delivered or read with it. Import it again',
  ),
  [gone]: lost(
    'the log key does not exist: no one can read what it encrypted. Let the trail use another key, and capture it again with --reason',
  ),
  [accessDenied]: unseen('the key', 'kms:DescribeKey', 'KeyState'),
};

function doomed(what: string): Impact {
  const words = `${what}: until then no log file can be delivered or read with it, and afterwards no one can read what it encrypted. Cancel the deletion, and enable the key`;
  return { words, severity: 'critical', losesCoverage: false };
}

function unusable(words: string): Impact {
  return { words, severity: 'high', losesCoverage: false };
}

/** What could be read at the capture, perhaps with other permissions, and is denied now. */
function unseen(what: string, action: string, field: Field): Impact {
  return {
    words: `${what} cannot be checked and may not exist: grant the role of trailkeeper ${action} on it, or let the policy of the baseline ignore destinations.${field}`,
    severity: field === 'KeyState' ? 'medium' : 'low',
    losesCoverage: false,
  };
}
