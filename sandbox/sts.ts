import { randomUUID } from 'node:crypto';
import { isAllowedIn } from './iam.ts';
import type { Service } from './operation.ts';
import { sessionOf } from './principal.ts';
import { AwsError, type Principal } from './service.ts';

/** Caller identity and role sessions. `addSession` lets the holder of credentials act as the role. */
export const sts = (addSession: (principal: Principal) => void): Service => ({
  GetCallerIdentity: {
    needs: () => [],
    perform: ({ principal: { accountId, arn, accessKeyId } }) => ({
      Arn: arn,
      UserId: accessKeyId,
      Account: accountId,
    }),
  },
  /** The role's trust policy decides. If the caller is a role, its own permissions are not checked. */
  AssumeRole: {
    needs: () => [],
    perform({ principal, input, at }, { roles }) {
      const { RoleArn, RoleSessionName } = input;
      const resource = String(RoleArn);
      const trust = roles.get(resource)?.trust;
      const need = { principal: principal.arn, action: 'sts:AssumeRole', resource };
      if (trust === undefined || !isAllowedIn(JSON.stringify(withResource(trust)), need)) {
        throw new AwsError(
          'AccessDenied',
          `User: ${principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
          403,
        );
      }
      const key = `ASIA${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`;
      const session = sessionOf(resource, String(RoleSessionName), key);
      addSession(session);
      return {
        Credentials: {
          AccessKeyId: key,
          SecretAccessKey: 'sandbox',
          SessionToken: 'sandbox',
          Expiration: new Date(at.getTime() + 3_600_000).toISOString(),
        },
        AssumedRoleUser: { Arn: session.arn, AssumedRoleId: `${key}:${RoleSessionName}` },
      };
    },
  },
});

/** A trust policy contains no resource: it applies to its role. */
export const withResource = (trust: object) => ({
  ...trust,
  Statement: [(trust as { readonly Statement?: object | readonly object[] }).Statement ?? []]
    .flat()
    .map((one) => ({ ...one, Resource: '*' })),
});
