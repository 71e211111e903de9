import { type AccountRegion, arnIn, roleArn } from '#aws/resource-names.ts';
import type { Json } from '#text/diff.ts';
import type { EventRule } from './event-rules.ts';
import { arnsOf, forwardRole, queueArn, type Topology } from './topology.ts';

/** The ARN of a rule on the default bus or our own. */
export const ruleArn = (
  at: AccountRegion,
  { name, bus }: Pick<EventRule, 'name' | 'bus'>,
): string => arnIn(at, 'events', `rule/${bus === 'default' ? '' : `${bus}/`}${name}`);

/** A rule as the self-check reads it. */
export function expectedRule(
  { pattern, targets }: EventRule,
  at: AccountRegion,
  topology: Topology,
) {
  const arns = arnsOf(topology);
  return {
    State: 'ENABLED',
    EventPattern: pattern as unknown as Json,
    Targets: targets
      .map((target) => (target === 'dependencyAlarms' ? 'alarms' : target))
      .map((target) => ({
        Arn: arns[target],
        RoleArn: target === 'bus' ? roleArn(at, forwardRole(at.region)) : null,
        DeadLetterArn: queueArn(at),
        IsRewritten: target === 'alarms',
      }))
      .toSorted((one, other) => (one.Arn < other.Arn ? -1 : 1)),
  };
}
