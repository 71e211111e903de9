import { maxPolicySize, type PreventivePolicy, sizeOf } from '#prevention/preventive-policies.ts';
import type { ProtectedLog } from '#prevention/protected-log.ts';
import { paint, unbroken } from './terminal.ts';

/** A policy for people: what it is, what it keeps, and how to attach it. Without a file, its JSON in one line. */
export const policyLines = (policy: PreventivePolicy, file: string | null): readonly string[] => [
  paint('bold', titleOf(policy)),
  ...policy.keeps.map((what) => `  keeps ${what}`),
  ...(file === null
    ? [unbroken(JSON.stringify(policy.document))]
    : attachment(policy, file).map((line) => `  ${line}`)),
  '',
];

function titleOf({ name, type, resource, document }: PreventivePolicy): string {
  if (resource !== null) return `statements for the policy of ${resource}`;
  const [size, most] = [sizeOf(document), maxPolicySize].map((one) => one.toLocaleString('en'));
  const reach =
    type === 'service control'
      ? 'users and roles of member accounts'
      : 'everyone, in resources of member accounts';
  return `${type} policy ${name} (${size} of ${most} characters), for ${reach}`;
}

function attachment({ name, type, resource }: PreventivePolicy, file: string): readonly string[] {
  if (resource !== null) return [`add the statements in ${file} to the policy that is there`];
  const kind = `${type.replace(' ', '_').toUpperCase()}_POLICY`;
  return [
    `aws organizations enable-policy-type --root-id ROOT --policy-type ${kind}`,
    `aws organizations create-policy --type ${kind} --name ${name} --description "by trailkeeper harden" --content file://${file}`,
    'aws organizations attach-policy --policy-id POLICY --target-id ROOT',
  ];
}

/** What the policies do not prevent, and the remedy, one sentence each. */
export function warningsFor(log: ProtectedLog): readonly string[] {
  const { account, isOfOrganization, resources } = log;
  const ownedBy = (owner: string | null) =>
    resources.filter((one) => one.account === owner).map(({ arn }) => arn);
  const own = ownedBy(account);
  const unknown = ownedBy(null);
  return [
    ...(isOfOrganization && own.length > 0
      ? [
          `policies of the organization do not apply to ${own.join(', ')}, because ${account} is the management account: keep bucket and key in a log-archive account`,
        ]
      : []),
    ...unknown.map(
      (arn) =>
        `the account that owns ${arn} is unknown: if it is the management account, policies of the organization do not apply to it. Capture the trail again with --bucket-owner`,
    ),
  ];
}

export const exceptionLines = (
  exceptions: readonly string[],
  warnings: readonly string[],
): readonly string[] => [
  'These may still make the calls; add others with --except:',
  ...exceptions.map((arn) => `  ${arn}`),
  ...warnings.map((warning) => `${paint('yellow', 'warning')} ${warning}`),
];
