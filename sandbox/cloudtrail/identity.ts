import { arnPrefix } from '../home.ts';
import type { Principal } from '../service.ts';

/** The `userIdentity` of a record for this kind of principal. */
export function userIdentity(principal: Principal, at: Date): object {
  const { type, arn, accountId, accessKeyId, roleArn } = principal;
  const name = arn.split('/').at(-1);
  const common = { type, arn, accountId, accessKeyId };
  if (type === 'IAMUser') return { ...common, principalId: 'AIDAEXAMPLEUSER', userName: name };
  if (type === 'Root') return { ...common, principalId: accountId };

  const attributes = { creationDate: at.toISOString(), mfaAuthenticated: 'false' };
  if (type === 'FederatedUser') {
    const sessionIssuer = {
      type: 'IAMUser',
      principalId: 'AIDAEXAMPLEUSER',
      arn: `${arnPrefix}:iam::${accountId}:user/federation`,
      accountId,
      userName: 'federation',
    };
    return {
      ...common,
      principalId: `${accountId}:${name}`,
      sessionContext: { sessionIssuer, webIdFederationData: {}, attributes },
    };
  }
  const sessionIssuer = {
    type: 'Role',
    principalId: 'AROAEXAMPLEROLE',
    arn: roleArn,
    accountId,
    userName: roleArn?.split('/').at(-1),
  };
  return {
    ...common,
    principalId: `AROAEXAMPLEROLE:${name}`,
    sessionContext: { sessionIssuer, webIdFederationData: {}, attributes },
  };
}
