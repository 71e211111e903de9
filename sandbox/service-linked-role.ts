import { arnPrefix } from './home.ts';
import type { Role, World } from './world.ts';

export const cloudtrailPrincipal = 'cloudtrail.amazonaws.com';

export const serviceLinkedRoleName = 'AWSServiceRoleForCloudTrail';

/** The ARN of the role with which CloudTrail manages the organization trails of an account. */
export const serviceLinkedRole = (accountId: string): string =>
  `${arnPrefix}:iam::${accountId}:role/aws-service-role/${cloudtrailPrincipal}/${serviceLinkedRoleName}`;

export const createServiceLinkedRole = (
  accountId: string,
  { roles }: Pick<World, 'roles'>,
): void => {
  roles.set(...serviceLinkedRoleOf(accountId));
};

/** The service-linked role that CloudTrail creates, with its ARN. */
export const serviceLinkedRoleOf = (accountId: string): [arn: string, role: Role] => [
  serviceLinkedRole(accountId),
  {
    policies: new Map(),
    attached: [`${arnPrefix}:iam::aws:policy/aws-service-role/CloudTrailServiceRolePolicy`],
    boundary: null,
    trust: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: cloudtrailPrincipal }, Action: 'sts:AssumeRole' },
      ],
    },
  },
];
