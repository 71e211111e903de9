import { DeleteLogGroupCommand, PutRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
} from '@aws-sdk/client-iam';
import type { Attack } from './attack.ts';
import { arnPrefix } from './home.ts';

const logGroup = { logGroupName: 'org-trail' };
const logRole = { RoleName: 'org-trail-to-cloudwatch-logs' };
const logPolicy = { ...logRole, PolicyName: 'deliver' };

/** Attacks on the log group of the trail, and on the role that writes to it. */
export const logAttacks: readonly Attack[] = [
  {
    id: 'E1',
    title: 'deletes the log group',
    call: ({ logs }) => logs.send(new DeleteLogGroupCommand(logGroup)),
  },
  {
    id: 'E2',
    title: 'shortens the retention of the log group to a day',
    call: ({ logs }) =>
      logs.send(new PutRetentionPolicyCommand({ ...logGroup, retentionInDays: 1 })),
  },
  {
    id: 'E3',
    title: 'deletes the role that writes to the log group',
    async call({ iam }) {
      await iam.send(new DeleteRolePolicyCommand(logPolicy));
      await iam.send(new DeleteRoleCommand(logRole));
    },
  },
  {
    id: 'E4',
    title: 'deletes the policy of that role',
    call: ({ iam }) => iam.send(new DeleteRolePolicyCommand(logPolicy)),
  },
  {
    id: 'E5',
    title: 'puts a boundary on that role that allows nothing',
    call: ({ iam }) =>
      iam.send(
        new PutRolePermissionsBoundaryCommand({
          ...logRole,
          PermissionsBoundary: `${arnPrefix}:iam::aws:policy/AWSDenyAll`,
        }),
      ),
  },
];
