import { namesDeletedPrincipal } from './deleted-principals.ts';
import { arnPrefix } from './home.ts';
import { isAllowed } from './iam.ts';
import { isPolicy } from './policy.ts';
import { AwsError, type Call } from './service.ts';
import type { Topic, World } from './world.ts';

/**
 * The topic that a call names, if the caller's policies and the topic's allow the operation. A caller of another account
 * does not learn whether a topic exists. Source: Amazon SNS developer guide, "Using resource-based policies with Amazon SNS".
 */
export function topicFor(call: Call, world: World): Topic {
  checkAllowed(call, world);
  const topic = world.topics.get(topicArn(call));
  if (topic === undefined) throw new AwsError('NotFound', 'Topic does not exist', 404);
  return topic;
}

export function checkAllowed(call: Call, world: World): void {
  const { accountId, arn } = call.principal;
  const topic = topicArn(call);
  const [owner, policy] = [topic.split(':')[4] ?? '', world.topics.get(topic)?.policy ?? null];
  const action = `sns:${call.operation}`;
  const need = { action, resource: topic, context: { 'aws:SourceOwner': accountId } };
  if (isAllowed(world, call.principal, need, { accountId: owner, policy })) return;
  const refused = `User: ${arn} is not authorized to perform: SNS:${call.operation} on resource: ${topic}`;
  throw new AwsError('AuthorizationError', refused, 403);
}

/** The ARN of the topic that a call names. Operations on tags name it as a resource. */
export const topicArn = ({ input }: Call): string => String(input.TopicArn ?? input.ResourceArn);

export const newArn = ({ region, principal, input }: Call): string =>
  `${arnPrefix}:sns:${region}:${principal.accountId}:${input.Name}`;

/** Source: Amazon SNS developer guide, "Amazon SNS endpoints and quotas": a policy has up to 30 KB. */
export function policyIn(policy: unknown): string {
  const isAccepted = isPolicy(policy) && !namesDeletedPrincipal(policy);
  if (isAccepted && Buffer.byteLength(policy) <= 30_720) return policy;
  throw invalid('Policy');
}

/** The policy of a new topic: the owner may do everything, others nothing. */
export const ownersPolicy = (arn: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: 'SNS:*',
        Resource: arn,
        Condition: { StringEquals: { 'AWS:SourceOwner': arn.split(':')[4] } },
      },
    ],
  });

export const invalid = (reason: string): AwsError =>
  new AwsError('InvalidParameter', `Invalid parameter: ${reason}`);
