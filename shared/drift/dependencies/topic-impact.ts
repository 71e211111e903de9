import { type Change, without } from '#text/diff.ts';
import type { Impact } from '../impact.ts';
import { accessDenied, unseen } from './dependency.ts';
import { listOf, type PolicyWords, partImpact } from './policy-impact.ts';
import { isPart } from './policy-parts.ts';
import { notEncrypted } from './topic-repair.ts';
import { tooMany } from './topic-state.ts';

/** The impact of a change of a topic: tools that read new log files learn of them late, or someone else learns of them. */
export function topicImpact(change: Change): Impact {
  const { path, actual } = change;
  if (actual === accessDenied) {
    return unseen(
      `the ${words[path] ?? 'topic'}`,
      reads[path] ?? attributes,
      `topic.${path}`,
      'low',
    );
  }
  if (isPart(path)) return partImpact(path, change, policyWords);
  if (path === 'KmsMasterKeyId') return encryptionImpact(change);
  if (path === 'Subscriptions') return subscriptionsImpact(change);
  return path === 'Tags' ? tagged : deleted;
}

const attributes = 'sns:GetTopicAttributes';

const reads: Readonly<Record<string, string>> = {
  Subscriptions: 'sns:ListSubscriptionsByTopic',
  Tags: 'sns:ListTagsForResource',
};

const words: Readonly<Record<string, string>> = {
  Subscriptions: 'subscriptions of the topic',
  Tags: 'tags of the topic',
};

const deleted: Impact = {
  description:
    'the topic does not exist, so no notifications of new log files are sent: create it again with its policy and subscriptions',
  severity: 'medium',
  losesCoverage: false,
};

const policyWords: PolicyWords = {
  of: 'the topic',
  cost: 'no notifications of new log files are sent',
  risk: 'someone else may receive its notifications or send false ones, or those who need it no longer can',
  severity: 'medium',
};

const tagged: Impact = {
  description:
    'the tags of the topic changed, and policies that refer to them apply to it differently: set them again',
  severity: 'low',
  losesCoverage: false,
};

function encryptionImpact({ desired, actual }: Change): Impact {
  const repair = desired === notEncrypted ? 'Remove the key' : `Set the key ${desired} again`;
  const description =
    actual === notEncrypted
      ? `the topic is no longer encrypted with ${desired}: set its key again`
      : `the topic is encrypted with ${actual}: if that key does not admit CloudTrail, no notifications of new log files are sent. ${repair}`;
  return { description, severity: 'medium', losesCoverage: false };
}

const crowded: Impact = {
  description:
    'the topic has so many subscriptions that they are not compared, so someone else may receive the notifications of new log files: unsubscribe those that you do not know',
  severity: 'high',
  losesCoverage: false,
};

/** A new subscriber is worse than one that is gone: someone learns of every log file. */
function subscriptionsImpact({ desired, actual }: Change): Impact {
  if (actual === tooMany) return crowded;
  const [before, now] = [listOf(desired), listOf(actual)];
  const isAdded = without(now, before).length > 0;
  const parts = [
    ...(isAdded
      ? ['someone else receives the notifications of new log files: unsubscribe them']
      : []),
    ...(without(before, now).length > 0
      ? [
          'subscribers no longer receive the notifications of new log files: subscribe them again, and let them confirm',
        ]
      : []),
  ];
  return {
    description: `${parts.join('; ')}, or capture the trail again with --reason`,
    severity: isAdded ? 'high' : 'medium',
    losesCoverage: false,
  };
}
