import { notFound } from './log-groups.ts';
import type { Operation, Service } from './operation.ts';
import type { Call } from './service.ts';
import type { LogGroup } from './world.ts';

/** The operations on the tags of a log group, which is named by its ARN without `:*`. Source: CloudWatch Logs API reference. */
export const tagOperations: Service = {
  TagResource: onTagged(({ tags }, { input }) => ({
    ...tags,
    ...(input.tags as LogGroup['tags']),
  })),
  UntagResource: onTagged(({ tags }, { input: { tagKeys } }) => {
    const removed = [tagKeys].flat();
    return Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.includes(key)));
  }),
  ListTagsForResource: onTagged(({ tags }) => tags),
};

/** An operation that returns or changes the tags. */
function onTagged(tagsAfter: (group: LogGroup, call: Call) => LogGroup['tags']): Operation {
  return {
    needs: (call) => [{ action: `logs:${call.operation}`, resource: arnOf(call) }],
    perform(call, { logGroups }) {
      const group = logGroups.get(arnOf(call));
      const isOwn = arnOf(call).split(':')[4] === call.principal.accountId;
      if (group === undefined || !isOwn) throw notFound('The specified resource does not exist.');
      const tags = tagsAfter(group, call);
      logGroups.set(arnOf(call), { ...group, tags });
      return call.operation === 'ListTagsForResource' ? { tags } : {};
    },
  };
}

const arnOf = ({ input }: Call): string => String(input.resourceArn);
