import type { Trail } from '#trail/trail-arn.ts';
import { type Request, sentKeys } from './statement-evaluation.ts';

/**
 * What CloudTrail calls SNS for. A statement of a topic policy is about that topic. Source: CloudTrail user guide, "Amazon SNS topic
 * policy for CloudTrail".
 */
export const topicRequests = (trail: Trail): readonly Request[] => [
  {
    action: 'sns:Publish',
    resource: `arn:${trail.partition}:sns:*:*:*`,
    keys: sentKeys(trail),
  },
];
