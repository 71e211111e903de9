import { arnPrefix } from './home.ts';
import type { Operation, Service } from './operation.ts';
import { AwsError, type Call } from './service.ts';

/** The part of Amazon CloudWatch Logs that creates and deletes log groups. */
export const cloudwatchLogs: Service = {
  CreateLogGroup: {
    needs: onGroup,
    perform(call, { logGroups }) {
      if (logGroups.has(groupArn(call))) {
        throw new AwsError(
          'ResourceAlreadyExistsException',
          'The specified log group already exists',
        );
      }
      logGroups.set(groupArn(call), call.at);
      return {};
    },
  },
  DeleteLogGroup: {
    needs: onGroup,
    perform(call, { logGroups }) {
      if (logGroups.delete(groupArn(call))) return {};
      throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    },
  },
  DescribeLogGroups: {
    needs: () => [{ action: 'logs:DescribeLogGroups', resource: '*' }],
    perform(call, { logGroups }) {
      const { logGroupNamePrefix = '', limit = 50, nextToken = '0' } = call.input;
      const found = [...logGroups]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .filter(([arn]) => arn.startsWith(prefix(call, String(logGroupNamePrefix))))
        .map(([arn, madeAt]) => ({
          logGroupName: arn.split(':').at(-1),
          arn: `${arn}:*`,
          logGroupArn: arn,
          creationTime: madeAt.getTime(),
        }));
      const next = Number(nextToken) + Number(limit);
      return {
        logGroups: found.slice(Number(nextToken), next),
        ...(next < found.length ? { nextToken: String(next) } : {}),
      };
    },
  },
};

function onGroup(call: Call): ReturnType<Operation['needs']> {
  return [{ action: `logs:${call.operation}`, resource: groupArn(call) }];
}

const groupArn = (call: Call): string => prefix(call, String(call.input.logGroupName));

const prefix = ({ region, principal }: Call, name: string): string =>
  `${arnPrefix}:logs:${region}:${principal.accountId}:log-group:${name}`;
