import { filterOperations } from './log-filters.ts';
import {
  changingGroup,
  groupArn,
  groupNeeds,
  invalid,
  newLogGroup,
  onGroup,
  prefix,
} from './log-groups.ts';
import { tagOperations } from './log-tags.ts';
import type { Service } from './operation.ts';
import { pageOf } from './page.ts';
import { isPolicy } from './policy.ts';
import { AwsError } from './service.ts';
import type { LogGroup, World } from './world.ts';

/** The part of Amazon CloudWatch Logs that manages log groups and their filters. */
export const cloudwatchLogs: Service = {
  ...filterOperations,
  ...tagOperations,
  CreateLogGroup: {
    needs: groupNeeds,
    perform(call, world) {
      const { kmsKeyId, tags } = call.input;
      if (world.logGroups.has(groupArn(call))) {
        throw new AwsError(
          'ResourceAlreadyExistsException',
          'The specified log group already exists',
        );
      }
      world.logGroups.set(groupArn(call), {
        ...newLogGroup(call.at),
        ...(kmsKeyId !== undefined && { kmsKeyId: usableKey(kmsKeyId, world) }),
        ...(tags !== undefined && { tags: tags as LogGroup['tags'] }),
      });
      return {};
    },
  },
  /** Deletes its filters, too. */
  DeleteLogGroup: onGroup((_group, call, { logGroups }) => {
    logGroups.delete(groupArn(call));
  }),
  DescribeLogGroups: {
    needs: (call) => [
      { action: 'logs:DescribeLogGroups', resource: `${prefix(call, '')}:log-stream:` },
    ],
    perform(call, { logGroups }) {
      const start = prefix(call, String(call.input.logGroupNamePrefix ?? ''));
      const found = [...logGroups]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .filter(([arn]) => arn.startsWith(start))
        .map(([arn, group]) => described(arn, group));
      const { page, nextToken } = pageOf(found, call.input);
      return { logGroups: page, ...(nextToken && { nextToken }) };
    },
  },
  PutRetentionPolicy: changingGroup((group, { input }) => {
    const retentionInDays = Number(input.retentionInDays);
    if (retentions.has(retentionInDays)) return { ...group, retentionInDays };
    throw invalid('The retention is not one of the valid values.');
  }),
  /** Events then never expire. */
  DeleteRetentionPolicy: changingGroup(({ retentionInDays: _, ...group }) => group),
  AssociateKmsKey: changingGroup((group, { input }, world) => ({
    ...group,
    kmsKeyId: usableKey(input.kmsKeyId, world),
  })),
  DisassociateKmsKey: changingGroup(({ kmsKeyId: _, ...group }) => group),
  PutDataProtectionPolicy: changingGroup((group, { input }) => {
    if (!isPolicy(input.policyDocument)) throw invalid('The policy document is not valid.');
    return { ...group, dataProtectionStatus: 'ACTIVATED' };
  }),
  DeleteDataProtectionPolicy: changingGroup((group) => ({
    ...group,
    ...(group.dataProtectionStatus && { dataProtectionStatus: 'DELETED' }),
  })),
};

/** Source: CloudWatch Logs API reference, PutRetentionPolicy. */
const retentions: ReadonlySet<number> = new Set([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
]);

/** Source: CloudWatch Logs API reference, LogGroup: `arn` ends with `:*`, and `logGroupArn` does not. */
const described = (arn: string, { createdAt, retentionInDays, kmsKeyId, ...group }: LogGroup) => ({
  logGroupName: arn.split(':').at(-1),
  arn: `${arn}:*`,
  logGroupArn: arn,
  creationTime: createdAt.getTime(),
  ...(retentionInDays !== undefined && { retentionInDays }),
  ...(kmsKeyId !== undefined && { kmsKeyId }),
  ...(group.dataProtectionStatus && { dataProtectionStatus: group.dataProtectionStatus }),
  metricFilterCount: group.metricFilters.size,
  storedBytes: 0,
  logGroupClass: 'STANDARD',
});

/** Source: CloudWatch Logs API reference, AssociateKmsKey: InvalidParameterException if the key does not exist or is disabled. */
function usableKey(arn: unknown, { keys }: World): string {
  if (keys.get(String(arn))?.state === 'Enabled') return String(arn);
  throw invalid(`The specified KMS key cannot be used: ${arn}`);
}
