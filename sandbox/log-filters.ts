import { changingGroup, groupArn, groupNeeds, invalid, notFound, onGroup } from './log-groups.ts';
import type { Operation, Service } from './operation.ts';
import { pageOf } from './page.ts';
import { AwsError, type Call } from './service.ts';
import type { LogFilter, LogGroup } from './world.ts';

type Kind = 'metricFilters' | 'subscriptionFilters';

/**
 * The operations on metric filters and subscription filters, which are stored and not applied. Source: CloudWatch Logs API
 * reference; quotas: CloudWatch Logs user guide, "CloudWatch Logs quotas".
 */
export const filterOperations: Service = {
  PutMetricFilter: putting('metricFilters', 100, ({ input }, at) => {
    const { logGroupName, filterName, filterPattern, metricTransformations } = input;
    if (![metricTransformations].flat().length) throw invalid('A metric is required.');
    return {
      logGroupName,
      filterName: String(filterName),
      filterPattern,
      metricTransformations,
      creationTime: at,
    };
  }),
  DescribeMetricFilters: describing('metricFilters'),
  DeleteMetricFilter: deleting('metricFilters'),
  PutSubscriptionFilter: {
    ...putting('subscriptionFilters', 2, ({ input }, at) => {
      const { logGroupName, filterName, filterPattern, destinationArn, roleArn } = input;
      return {
        logGroupName,
        filterName: String(filterName),
        filterPattern,
        destinationArn,
        ...(roleArn !== undefined && { roleArn }),
        distribution: input.distribution ?? 'ByLogStream',
        creationTime: at,
      };
    }),
    needs: (call) => [...groupNeeds(call), ...toPassRole(call)],
  },
  DescribeSubscriptionFilters: describing('subscriptionFilters'),
  DeleteSubscriptionFilter: deleting('subscriptionFilters'),
};

/** Replaces the filter of this name, which keeps the time at which it was made. */
function putting(
  kind: Kind,
  most: number,
  filterIn: (call: Call, creationTime: number) => LogFilter,
): Operation {
  return changingGroup((group, call) => {
    const known = group[kind].get(String(call.input.filterName));
    if (known === undefined && group[kind].size >= most) {
      throw new AwsError('LimitExceededException', 'Resource limit exceeded.');
    }
    const filter = filterIn(call, known?.creationTime ?? call.at.getTime());
    return withFilters(group, kind, new Map([...group[kind], [filter.filterName, filter]]));
  });
}

function describing(kind: Kind): Operation {
  return onGroup((group, { input }) => {
    const start = String(input.filterNamePrefix ?? '');
    const found = [...group[kind].values()]
      .filter(({ filterName }) => filterName.startsWith(start))
      .toSorted((one, other) => (one.filterName < other.filterName ? -1 : 1));
    const { page, nextToken } = pageOf(found, input);
    return { [kind]: page, ...(nextToken && { nextToken }) };
  });
}

function deleting(kind: Kind): Operation {
  return changingGroup((group, call) => {
    const name = String(call.input.filterName);
    if (!group[kind].has(name))
      throw notFound(`The specified filter does not exist: ${groupArn(call)}`);
    const left = [...group[kind]].filter(([known]) => known !== name);
    return withFilters(group, kind, new Map(left));
  });
}

const withFilters = (group: LogGroup, kind: Kind, filters: LogGroup[Kind]): LogGroup => ({
  ...group,
  [kind]: filters,
});

const toPassRole = ({ input: { roleArn } }: Call) =>
  roleArn === undefined
    ? []
    : [
        {
          action: 'iam:PassRole',
          resource: String(roleArn),
          context: { 'iam:PassedToService': 'logs.amazonaws.com' },
        },
      ];
