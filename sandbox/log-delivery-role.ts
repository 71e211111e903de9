import { names } from '#aws/resource-names.ts';
import { arnPrefix, home } from './home.ts';
import { cloudtrailPrincipal } from './service-linked-role.ts';
import type { ManagedPolicy, Role } from './world.ts';

/** The ARN of the permissions boundary of the seeded roles in the management account. */
export const logDeliveryBoundary = `${arnPrefix}:iam::${home.accountId}:policy/${names.logDelivery}`;

/** The boundary: a role can write to log groups, whatever its policies allow. */
export const logDeliveryPolicy = (): [string, ManagedPolicy] => [
  logDeliveryBoundary,
  { versions: [JSON.stringify(allowDelivery('*'))], defaultVersion: 1 },
];

/**
 * A role with which CloudTrail writes to a log group. Source: CloudTrail user guide, "Role policy document for CloudTrail to use CloudWatch
 * Logs for monitoring", with the streams of an organization trail.
 */
export function logDeliveryRole(
  name: string,
  organization: string,
  accountId = home.accountId,
): [string, Role] {
  const group = `${arnPrefix}:logs:${home.region}:${accountId}:log-group:*`;
  const streams = [
    `${group}:log-stream:${home.accountId}_CloudTrail_${home.region}*`,
    `${group}:log-stream:${organization}_*`,
  ];
  const role: Role = {
    policies: new Map([['deliver', allowDelivery(streams)]]),
    attached: [],
    boundary: accountId === home.accountId ? logDeliveryBoundary : null,
    trust: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: cloudtrailPrincipal }, Action: 'sts:AssumeRole' },
      ],
    },
  };
  return [`${arnPrefix}:iam::${accountId}:role/${name}`, role];
}

const allowDelivery = (Resource: string | readonly string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource }],
});
