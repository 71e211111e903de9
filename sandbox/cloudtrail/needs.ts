import type { AccountRegion } from '../account-region.ts';
import type { Operation } from '../operation.ts';
import type { Call, Need } from '../service.ts';
import { cloudtrailPrincipal, serviceLinkedRole } from '../service-linked-role.ts';
import type { World } from '../world.ts';
import { noDependencyAccess } from './errors.ts';
import type { Trail } from './trail-state.ts';
import { accountRegionOf, trailArn } from './trails.ts';

type Needs = Operation['needs'];

/** The operation's own action on the trail that this field of the input names. */
export const onTrail =
  (member: 'Name' | 'TrailName' | 'ResourceId'): Needs =>
  (call) => [own(call, resource(call.input[member], accountRegionOf(call)))];

/** The operation's own action on `*`: it supports no resource-level permissions. */
export const onAllResources: Needs = (call) => [own(call, '*')];

/** ListTags needs a permission for each trail in the request. */
export const onEachTrail: Needs = (call) =>
  [call.input.ResourceIdList ?? []]
    .flat()
    .map((typed) => own(call, resource(typed, accountRegionOf(call))));

/** CreateTrail and UpdateTrail pass a role and read the organization. */
export const configurationNeeds: Needs = (call, world) => [
  ...onTrail('Name')(call, world),
  ...toPassRole(call),
  ...(leavesOrganizationTrail(call, world)
    ? [...organizationNeeds(), ...accountListNeeds(), ...toHaveRole(call, world)]
    : []),
];

/**
 * The other calls that change an organization trail also read the organization: each lists
 * InsufficientDependencyServiceAccessPermissionException (API reference). The required permissions are not documented.
 */
export const changeNeeds =
  (member: 'Name' | 'TrailName'): Needs =>
  (call, world) => [
    ...onTrail(member)(call, world),
    ...(stored(call.input[member], call, world)?.settings.IsOrganizationTrail
      ? organizationNeeds()
      : []),
  ];

const toPassRole = ({ input: { CloudWatchLogsRoleArn: role } }: Call): readonly Need[] =>
  typeof role === 'string' && role !== ''
    ? [
        {
          action: 'iam:PassRole',
          resource: role,
          context: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' },
        },
      ]
    : [];

const leavesOrganizationTrail = (call: Call, world: World) =>
  call.input.IsOrganizationTrail ??
  stored(call.input.Name, call, world)?.settings.IsOrganizationTrail;

const stored = (typed: unknown, call: Call, { trails }: World): Trail | undefined =>
  trails.get(resource(typed, accountRegionOf(call)));

// CloudTrail User Guide, "Prepare for creating a trail for your organization".
const organizationNeeds = (): readonly Need[] =>
  ['organizations:DescribeOrganization', 'organizations:ListAWSServiceAccessForOrganization'].map(
    (action) => ({ action, resource: '*', refusal: noDependencyAccess() }),
  );

// The first organization trail creates the role: CloudTrail User Guide, "Using service-linked roles for CloudTrail".
// AWSCloudTrail_FullAccess suggests that the accounts are listed with the caller's permissions; this is not verified.
const accountListNeeds = (): readonly Need[] => [
  { action: 'organizations:ListAccounts', resource: '*', refusal: noDependencyAccess() },
];

const toHaveRole = ({ principal: { accountId } }: Call, { roles }: World): readonly Need[] => {
  const resource = serviceLinkedRole(accountId);
  const refusal = noDependencyAccess();
  const toCreate: Need = {
    action: 'iam:CreateServiceLinkedRole',
    resource,
    context: { 'iam:AWSServiceName': cloudtrailPrincipal },
    refusal,
  };
  return [{ action: 'iam:GetRole', resource, refusal }, ...(roles.has(resource) ? [] : [toCreate])];
};

const own = ({ operation }: Call, on: string): Need => ({
  action: `cloudtrail:${operation}`,
  resource: on,
});

// Permissions are checked before the input is validated, so a malformed name is treated as a resource.
const resource = (typed: unknown, at: AccountRegion): string => {
  const name = String(typed ?? '');
  return name.startsWith('arn:') ? name : trailArn(name, at);
};
