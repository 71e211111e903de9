import type * as z from 'zod';
import { names } from '#aws/resource-names.ts';
import { type DriftKind, type PermissionScope, protectedTrails } from '../kind.ts';
import { knownPart, namedIn, namingSettings } from './dependency.ts';
import { logRoleAdvice } from './log-role-advice.ts';
import { logRoleHistory } from './log-role-history.ts';
import { logRoleImpact } from './log-role-impact.ts';
import { type LogRoleStep, repairLogRole } from './log-role-repair.ts';
import { type LogRole, state, unprotected } from './log-role-state.ts';

const declared = state.partial();
const restorable = ({ restorable: { logRoles } }: PermissionScope) => logRoles;

/** The account of a policy is that of the role: a boundary of another account cannot be set. Source: IAM API reference, PutRolePermissionsBoundary. */
const boundary = { 'iam:PermissionsBoundary': `arn:*:iam::*:policy/${names.logDelivery}` };

/** The role with which CloudTrail writes to CloudWatch Logs: who may assume it, and what it is allowed. */
export const logRole: DriftKind<LogRole, LogRoleStep> = {
  name: 'log-role',
  isOutsideTrail: true,
  defaultTreatment: 'alert',
  state: state as unknown as z.ZodType<LogRole> & typeof state,
  fileFormat: {
    schema: declared,
    resolve: async (written) => declared.parse(written) as LogRole,
  },
  triggers: [
    {
      eventSource: 'iam.amazonaws.com',
      eventNames: [
        'CreateRole',
        'DeleteRole',
        'UpdateAssumeRolePolicy',
        'PutRolePolicy',
        'DeleteRolePolicy',
        'AttachRolePolicy',
        'DetachRolePolicy',
        'PutRolePermissionsBoundary',
        'DeleteRolePermissionsBoundary',
      ],
    },
  ],
  permissions: {
    observe: [
      { actions: ['cloudtrail:GetTrail'], resources: protectedTrails },
      {
        actions: [
          'iam:GetRole',
          'iam:ListRolePolicies',
          'iam:GetRolePolicy',
          'iam:ListAttachedRolePolicies',
        ],
        resources: ({ logRoles }) => logRoles,
      },
    ],
    // Why these conditions: docs/decisions/0026-restore-the-log-role.md. They are those of the Service Authorization Reference, AWS IAM.
    repair: [
      { actions: ['iam:UpdateAssumeRolePolicy'], resources: restorable },
      {
        actions: [
          'iam:CreateRole',
          'iam:PutRolePolicy',
          'iam:AttachRolePolicy',
          'iam:PutRolePermissionsBoundary',
        ],
        resources: restorable,
        conditions: { ArnLike: boundary },
      },
      {
        actions: ['iam:DeleteRolePermissionsBoundary'],
        resources: restorable,
        conditions: { ArnNotLike: boundary },
      },
    ],
  },

  async observe(aws, trail, now, desired = {}) {
    const named = await namingSettings(aws, trail, now, desired);
    if (named === null) return null;
    const wanted = (desired['log-role'] ?? {}) as Partial<LogRole>;
    const arn = named.CloudWatchLogsRoleArn;
    if (arn === null || wanted.Existence === null) return { ...unprotected, ...wanted };
    const { observeLogRole } = await import('./log-role-calls.ts');
    return (await observeLogRole(aws, arn, trail, wanted)) as LogRole;
  },

  toBaseline: (observed) => knownPart(observed, unprotected),

  hardeningAdvice: logRoleAdvice,

  impact: (change, desired) => logRoleImpact(change, desired),

  repair(desired, actual, _trail, states) {
    const arn = namedIn(states, 'CloudWatchLogsRoleArn');
    return arn === null || actual === null ? [] : repairLogRole(desired, actual, arn);
  },

  async apply(aws, step) {
    const { applyToLogRole } = await import('./log-role-calls.ts');
    await applyToLogRole(aws, step);
  },

  historyModel: logRoleHistory,
};
