import type { Call, Need, Operation } from '../service.ts';
import type { Place, World } from '../world.ts';
import { placeOf, trailArn } from './trails.ts';

type Needs = Operation['needs'];

/** The operation's own action on the trail that this member of the input names. */
export const onTrail =
  (member: 'Name' | 'TrailName' | 'ResourceId'): Needs =>
  (call) => [own(call, resource(call.input[member], placeOf(call)))];

/** The operation's own action on everything: AWS knows no resource for it. */
export const onEverything: Needs = (call) => [own(call, '*')];

/** ListTags is checked on each trail that it asks about. */
export const onEachTrail: Needs = (call) =>
  [call.input.ResourceIdList ?? []]
    .flat()
    .map((typed) => own(call, resource(typed, placeOf(call))));

/** CreateTrail and UpdateTrail hand a role over, and look into the organization. */
export const toConfigure: Needs = (call, world) => [
  ...onTrail('Name')(call, world),
  ...toPassRole(call),
  ...(leavesOrganizationTrail(call, world) ? toUseOrganization(call) : []),
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

const leavesOrganizationTrail = (call: Call, world: World) => {
  const stored = world.trails.get(resource(call.input.Name, placeOf(call)));
  return call.input.IsOrganizationTrail ?? stored?.settings.IsOrganizationTrail;
};

// CloudTrail User Guide, "Prepare for creating a trail for your organization".
const toUseOrganization = ({ principal }: Call): readonly Need[] => [
  { action: 'organizations:DescribeOrganization', resource: '*' },
  { action: 'organizations:ListAWSServiceAccessForOrganization', resource: '*' },
  {
    action: 'iam:GetRole',
    resource: `arn:aws:iam::${principal.accountId}:role/aws-service-role/cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail`,
  },
];

const own = ({ operation }: Call, on: string): Need => ({
  action: `cloudtrail:${operation}`,
  resource: on,
});

// Permission is asked before the input is judged, so a malformed name is a resource like any other.
const resource = (typed: unknown, at: Place): string => {
  const name = String(typed ?? '');
  return name.startsWith('arn:') ? name : trailArn(name, at);
};
