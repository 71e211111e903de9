import type { Service } from './operation.ts';
import { AwsError, type Call } from './service.ts';
import { checkAllowed, topicArn } from './sns-topics.ts';
import type { Topic, World } from './world.ts';

/** The operations on the tags of a topic. Source: Amazon SNS API reference. */
export const tagOperations: Service = {
  TagResource: {
    needs: () => [],
    perform(call, world) {
      const topic = tagged(call, world);
      const tags = { ...topic.tags, ...tagsIn(call.input.Tags) };
      if (Object.keys(tags).length > 50) {
        throw new AwsError(
          'TagLimitExceeded',
          'Could not complete request: tag quota of 50 exceeded',
        );
      }
      world.topics.set(topicArn(call), { ...topic, tags });
      return {};
    },
  },
  UntagResource: {
    needs: () => [],
    perform(call, world) {
      const topic = tagged(call, world);
      const removed = [call.input.TagKeys].flat();
      const left = Object.entries(topic.tags ?? {}).filter(([key]) => !removed.includes(key));
      world.topics.set(topicArn(call), { ...topic, tags: Object.fromEntries(left) });
      return {};
    },
  },
  ListTagsForResource: {
    needs: () => [],
    perform(call, world) {
      const { tags = {} } = tagged(call, world);
      return { Tags: { member: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } };
    },
  },
};

/** The tags of a request, by key. */
export const tagsIn = (tags: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [tags || []].flat().map((tag) => [String(Object(tag).Key), String(Object(tag).Value)]),
  );

function tagged(call: Call, world: World): Topic {
  checkAllowed(call, world);
  const topic = world.topics.get(topicArn(call));
  if (topic !== undefined) return topic;
  throw new AwsError('ResourceNotFound', 'Resource does not exist', 404);
}
