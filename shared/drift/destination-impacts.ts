import type { Change } from '#text/diff.ts';
import { createdAgain } from './bucket-loss.ts';
import type { Impact } from './impact.ts';

/** The result for a destination that does not exist, or that trailkeeper may not read, which is common in another account. */
export const gone = 'gone';
export const accessDenied = 'not readable';

/** The impact of a destination that drifted, by field, and what to do. Only people restore destinations. */
export const impacts = {
  BucketRegion({ desired, actual }: Change) {
    if (actual === null) return bucketGone;
    if (String(actual).startsWith(createdAgain)) return bucketCreatedAgain;
    return lost(
      `the log bucket is in ${actual} and was in ${desired}: buckets do not move, so it was deleted and created again, and its new owner reads the log. Let the trail log to your own bucket, and capture it again with --reason`,
    );
  },
  BucketOwner({ desired, actual }: Change) {
    if (actual === gone) return bucketGone;
    return actual === accessDenied
      ? lost(
          `the log bucket cannot be verified to belong to ${desired}: either another account owns it now, or its policy no longer lets trailkeeper check. Look for it in ${desired}: if it is there, grant the role of trailkeeper s3:ListBucket on it; if not, let the trail log to your own bucket`,
        )
      : lost(
          `the log bucket does not belong to ${desired}: someone else created a bucket of this name and reads the log. Let the trail log to your own bucket, and capture it again with --reason`,
        );
  },
  KeyState: ({ actual }: Change): Impact =>
    keyImpacts[String(actual)] ??
    unusable(
      `the log key cannot be used: it is ${actual}: no log file can be delivered or read with it`,
    ),
  Topic: ({ actual }: Change): Impact =>
    actual === accessDenied
      ? unseen('the topic', 'sns:GetTopicAttributes', 'Topic')
      : {
          description:
            'the topic does not exist, so no notifications of new log files are sent: create it again with its policy and subscriptions',
          severity: 'medium',
          losesCoverage: false,
        },
  LogGroup: ({ actual }: Change): Impact =>
    actual === accessDenied
      ? unseen('the log group', 'logs:DescribeLogGroups', 'LogGroup')
      : {
          description:
            'the log group does not exist, so alarms and live monitoring see nothing: create it again with its retention, filters and subscriptions',
          severity: 'high',
          losesCoverage: false,
        },
} satisfies Readonly<Record<string, (change: Change) => Impact>>;

const lost = (description: string): Impact => ({
  description,
  severity: 'critical',
  losesCoverage: true,
});

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
  const description = `${what}: until then no log file can be delivered or read with it, and afterwards no one can read what it encrypted. Cancel the deletion, and enable the key`;
  return { description, severity: 'critical', losesCoverage: false };
}

function unusable(description: string): Impact {
  return { description, severity: 'high', losesCoverage: false };
}

/** What could be read at the capture, perhaps with other permissions, and is denied now. */
function unseen(what: string, action: string, field: string): Impact {
  return {
    description: `${what} cannot be checked and may not exist: grant the role of trailkeeper ${action} on it, or let the policy of the baseline ignore destinations.${field}`,
    severity: field === 'KeyState' ? 'medium' : 'low',
    losesCoverage: false,
  };
}
