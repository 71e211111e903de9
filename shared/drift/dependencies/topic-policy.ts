import type { Trail } from '#trail/trail-arn.ts';
import type { Request } from './statement-evaluation.ts';

/**
 * What CloudTrail calls SNS for. A statement of a topic policy is about that topic. Source: CloudTrail user guide, "Amazon SNS topic
 * policy for CloudTrail".
 */
export const topicRequests = ({ partition, arn, accountId }: Trail): readonly Request[] => [
  {
    action: 'sns:Publish',
    resource: `arn:${partition}:sns:*:*:*`,
    keys: {
      'aws:sourcearn': arn,
      'aws:sourceaccount': accountId,
      'aws:securetransport': 'true',
      'aws:principalisawsservice': 'true',
    },
  },
];
