import { partitionIn, partitionOf } from './partitions.ts';

/** An account and a Region. */
export type AccountRegion = { readonly account: string; readonly region: string };

/** Names of deployed resources. Resources without a name here are named after their stack. */
export const names = {
  stack: 'Trailkeeper',
  table: 'Trailkeeper-State',
  bus: 'trailkeeper',
  sweep: 'Trailkeeper-Sweep',
  remediate: 'Trailkeeper-Remediate',
  selfCheck: 'Trailkeeper-SelfCheck',
  alert: 'Trailkeeper-Alert',
  backfill: 'Trailkeeper-Backfill',
  audit: 'Trailkeeper-Audit',
  /** Only if Slack users may decide. */
  interact: 'Trailkeeper-Interact',
  reconcileRole: 'Trailkeeper-Reconcile',
  selfCheckRole: 'Trailkeeper-SelfCheck',
  alertRole: 'Trailkeeper-Alert',
  auditRole: 'Trailkeeper-Audit',
  interactRole: 'Trailkeeper-Interact',
  scheduleRole: 'Trailkeeper-Schedule',
  /** The stack in another account, and the role in it. */
  dependencies: 'Trailkeeper-Dependencies',
  /** The permissions boundary of roles whose permissions trailkeeper restores. */
  logDelivery: 'Trailkeeper-LogDelivery',
  /** The stack that recovers events from event history, its state machine and the role of that. */
  recovery: 'Trailkeeper-Recovery',
  /** The function of this stack, and its role. */
  recover: 'Trailkeeper-Recover',
  /** The role in member accounts with which it reads event history. */
  eventHistory: 'Trailkeeper-EventHistory',
  /** The stack in a second account that watches trailkeeper from outside, its function, role, bus, table and key. */
  watchtower: 'Trailkeeper-Watchtower',
  /** The stack in the account that is watched, with the role that the watchtower assumes. */
  watchtowerAccess: 'Trailkeeper-WatchtowerAccess',
  archive: 'Trailkeeper-Trail-events',
  alarms: 'Trailkeeper-Alarms',
  deadLetters: 'Trailkeeper-DeadLetters',
  lightChecks: 'Trailkeeper-LightChecks',
  dashboard: 'Trailkeeper',
  sentinel: 'Trailkeeper-Sentinel',
} as const;

/** The ARN of a resource in an account and Region. */
export const arnIn = (
  { account, region }: AccountRegion,
  service: string,
  resource: string,
): string => `arn:${partitionOf(region)}:${service}:${region}:${account}:${resource}`;

/** The Region and the account in an ARN. */
export const regionOf = (arn: string): string => arn.split(':')[3] ?? '';
export const accountOf = (arn: string): string => arn.split(':')[4] ?? '';

export const roleArn = ({ account, region }: AccountRegion, name: string): string =>
  `arn:${partitionOf(region)}:iam::${account}:role/${name}`;

export const queueUrl = ({ account, region }: AccountRegion, name: string): string =>
  `https://sqs.${region}.${partitionIn(region)?.dnsSuffix ?? 'amazonaws.com'}/${account}/${name}`;
