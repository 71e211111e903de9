import { names } from '#aws/resource-names.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { toolOf } from '#trail/user-agent.ts';
import { type AlertOptions, type Fact, fact } from './alert.ts';

/** Who made a call, what they called, from where, with which tool, and whether with MFA. */
export function callFacts(
  call: ApiCall,
  { omitActors }: AlertOptions,
  { isEarlier } = { isEarlier: false },
): readonly Fact[] {
  const { eventName, error, principal, sourceIp, selfTriggered } = call;
  const failure = error === null ? '' : `, failed: ${error.code}`;
  const episode = isEarlier ? ', in an earlier episode' : '';
  const called = fact('Call', `${eventName}${failure}${episode}`);
  if (omitActors) return [...fact('Actor', actorOmitted), ...called];
  return [
    ...fact(
      'Actor',
      `${describePrincipal(principal)}${selfTriggered ? ': trailkeeper itself' : isWatchtower(call) ? ': the watchtower' : ''}`,
    ),
    ...called,
    ...fact('Source IP', sourceIp),
    ...fact('Tool', describeTool(call)),
    ...fact('MFA', describeMfa(principal)),
  ];
}

/** Whether the role that the watchtower assumes here made the call, which restores what no sweep restored. */
const isWatchtower = ({ principal: { type, issuer, issuerArn, accountId } }: ApiCall): boolean =>
  type === 'AssumedRole' &&
  issuer === names.watchtower &&
  issuerArn?.endsWith(`:${accountId}:role/${names.watchtower}`) === true;

const actorOmitted = 'not shown (alerts.redactPrincipals): see the event in CloudTrail';

/** ` by mallory`, or nothing if principals are left out. */
export const byActor = ({ principal }: ApiCall, { omitActors }: AlertOptions): string =>
  omitActors ? '' : ` by ${principal.name}`;

/** A principal for people: `alice@example.com, an Identity Center session of AdministratorAccess (account 111122223333)`. */
export function describePrincipal({ type, name, issuer, accountId }: ApiCall['principal']): string {
  const of = issuer === null ? '' : ` of ${issuer}`;
  const account = accountId === null ? '' : ` (account ${accountId})`;
  return `${name}, ${principalTypes.get(type) ?? type}${of}${account}`;
}

/** Source: CloudTrail user guide, "CloudTrail userIdentity element". */
const principalTypes: ReadonlyMap<string, string> = new Map([
  ['Root', 'the root user'],
  ['IAMUser', 'an IAM user'],
  ['AssumedRole', 'a session'],
  ['FederatedUser', 'a federated user'],
  ['SSO', 'an Identity Center session'],
  ['IdentityCenterUser', 'an Identity Center user'],
  ['AWSAccount', 'a principal of another account'],
  ['AWSService', 'an AWS service'],
  ['SAMLUser', 'a SAML user'],
  ['WebIdentityUser', 'a web identity user'],
]);

/** The caller writes the user agent, so a tool that only it names is not certain. */
export function describeTool(call: ApiCall): string | null {
  const tool = toolOf(call);
  return tool === null || call.via !== null ? tool : `${tool}, according to the user agent`;
}

/** Records of an Identity Center session do not include the MFA of the Identity Center sign-in. */
function describeMfa({ mfa, type }: ApiCall['principal']): string {
  if (mfa === true) return 'yes';
  return mfa === null || type === 'SSO' ? 'not recorded' : 'NO';
}

/** The name at the end of the ARN of a principal. */
export const nameIn = (arn: string): string => arn.split('/').at(-1) ?? arn;
