import { arnPrefix } from './home.ts';
import type { Service } from './operation.ts';
import { AwsError } from './service.ts';
import { invalid, topicArn, topicFor } from './sns-topics.ts';

type Policy = { readonly Statement: readonly { readonly Sid?: string }[] };

/**
 * The operations that add a statement to a topic's policy, and remove one. Source: Amazon SNS API reference, AddPermission
 * and RemovePermission. The form of the statement and the errors are assumptions.
 */
export const permissionOperations: Service = {
  AddPermission: {
    needs: () => [],
    perform(call, world) {
      const topic = topicFor(call, world);
      const { Label, AWSAccountId = [], ActionName = [] } = call.input;
      const document = documentOf(topic.policy);
      if (document.Statement.some(({ Sid }) => Sid === Label)) {
        throw invalid('Statement already exists');
      }
      const added = {
        Sid: String(Label),
        Effect: 'Allow',
        Principal: {
          AWS: [AWSAccountId].flat().map((account) => `${arnPrefix}:iam::${account}:root`),
        },
        Action: [ActionName].flat().map((name) => `SNS:${name}`),
        Resource: topicArn(call),
      };
      const policy = JSON.stringify({ ...document, Statement: [...document.Statement, added] });
      world.topics.set(topicArn(call), { ...topic, policy });
      return {};
    },
  },
  RemovePermission: {
    needs: () => [],
    perform(call, world) {
      const topic = topicFor(call, world);
      const document = documentOf(topic.policy);
      const Statement = document.Statement.filter(({ Sid }) => Sid !== call.input.Label);
      if (Statement.length === document.Statement.length) {
        throw new AwsError('NotFound', 'Statement does not exist', 404);
      }
      world.topics.set(topicArn(call), {
        ...topic,
        policy: JSON.stringify({ ...document, Statement }),
      });
      return {};
    },
  },
};

function documentOf(policy: string): Policy {
  const document = JSON.parse(policy);
  return { ...document, Statement: [document.Statement].flat() };
}
