import { arnPrefix } from './home.ts';
import type { Operation } from './operation.ts';
import { AwsError, type Call, type Need } from './service.ts';
import type { LogGroup, World } from './world.ts';

/** A group without settings. */
export const newLogGroup = (createdAt: Date): LogGroup => ({
  createdAt,
  tags: {},
  metricFilters: new Map(),
  subscriptionFilters: new Map(),
});

/** An operation on a log group of the caller's account that exists. */
export const onGroup = (
  perform: (group: LogGroup, call: Call, world: World) => unknown,
): Operation => ({
  needs: groupNeeds,
  perform: (call, world) => perform(groupOf(call, world), call, world) ?? {},
});

/** An operation that changes a log group. */
export const changingGroup = (change: (group: LogGroup, call: Call, world: World) => LogGroup) =>
  onGroup((group, call, world) => {
    world.logGroups.set(groupArn(call), change(group, call, world));
  });

export function groupOf(call: Call, { logGroups }: World): LogGroup {
  const group = logGroups.get(groupArn(call));
  if (group !== undefined) return group;
  throw notFound('The specified log group does not exist.');
}

/**
 * Policies name a log group with `:*` at the end, except for its tags. Source: CloudWatch Logs API reference, LogGroup,
 * `arn`. Messages of AccessDeniedException end the ARN with `:log-stream:`.
 */
export const groupNeeds = (call: Call): readonly Need[] => [
  { action: `logs:${call.operation}`, resource: `${groupArn(call)}:log-stream:` },
];

/** The ARN of the group that a call names, without `:*`. */
export function groupArn(call: Call): string {
  const { logGroupName, resourceIdentifier, logGroupIdentifier } = call.input;
  const named = String(logGroupName ?? resourceIdentifier ?? logGroupIdentifier);
  return named.startsWith('arn:') ? named.replace(/:\*$/, '') : prefix(call, named);
}

export const prefix = ({ region, principal }: Call, name: string): string =>
  `${arnPrefix}:logs:${region}:${principal.accountId}:log-group:${name}`;

export const notFound = (message: string): AwsError =>
  new AwsError('ResourceNotFoundException', message);

export const invalid = (message: string): AwsError =>
  new AwsError('InvalidParameterException', message);
