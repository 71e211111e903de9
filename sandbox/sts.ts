import { randomUUID } from 'node:crypto';
import { isAllowedIn } from './iam.ts';
import type { Service } from './operation.ts';
import { sessionOf } from './principal.ts';
import { AwsError, type Principal } from './service.ts';

type AddSession = (principal: Principal, expiration: Date) => void;

/** Sessions last for an hour unless the caller asks for another time. */
const sessionMs = 3_600_000;

/** Caller identity and role sessions. `addSession` lets the holder of credentials act as the role. */
export const sts = (addSession: AddSession): Service => ({
  GetCallerIdentity: {
    needs: () => [],
    perform: ({ principal: { accountId, arn, accessKeyId } }) => ({
      Arn: arn,
      UserId: accessKeyId,
      Account: accountId,
    }),
  },
  /**
   * The policies of the caller and the role's trust policy decide, and STS does not say which of them denies. Source: IAM User Guide,
   * "Access to AWS accounts owned by third parties", for the external id; STS API reference, AssumeRole.
   */
  AssumeRole: {
    needs: ({ principal, input: { RoleArn } }) => [
      {
        action: 'sts:AssumeRole',
        resource: String(RoleArn),
        refusal: notAuthorized(principal, RoleArn),
      },
    ],
    perform({ principal, input, at }, { roles }) {
      const { RoleArn, RoleSessionName, ExternalId } = input;
      const resource = String(RoleArn);
      const trust = roles.get(resource)?.trust;
      const need = {
        principal: principal.arn,
        action: 'sts:AssumeRole',
        resource,
        context: {
          ...(principal.roleArn !== null && { 'aws:PrincipalArn': principal.roleArn }),
          ...(typeof ExternalId === 'string' && { 'sts:ExternalId': ExternalId }),
        },
      };
      if (trust === undefined || !isAllowedIn(JSON.stringify(withResource(trust)), need)) {
        throw notAuthorized(principal, RoleArn);
      }
      const key = `ASIA${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`;
      const session = sessionOf(resource, String(RoleSessionName), key);
      const expiration = new Date(at.getTime() + sessionMs);
      addSession(session, expiration);
      return {
        Credentials: {
          AccessKeyId: key,
          SecretAccessKey: 'sandbox',
          SessionToken: 'sandbox',
          Expiration: expiration.toISOString(),
        },
        AssumedRoleUser: { Arn: session.arn, AssumedRoleId: `${key}:${RoleSessionName}` },
      };
    },
  },
});

const notAuthorized = ({ arn }: Principal, role: unknown): AwsError =>
  new AwsError(
    'AccessDenied',
    `User: ${arn} is not authorized to perform: sts:AssumeRole on resource: ${role}`,
    403,
  );

/** A trust policy contains no resource: it applies to its role. */
export const withResource = (trust: object) => ({
  ...trust,
  Statement: [(trust as { readonly Statement?: object | readonly object[] }).Statement ?? []]
    .flat()
    .map((one) => ({ ...one, Resource: '*' })),
});
