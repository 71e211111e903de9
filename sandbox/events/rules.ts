import { validatePattern } from '../event-pattern.ts';
import type { Operation, Service } from '../operation.ts';
import { AwsError, type Call } from '../service.ts';
import type { Rule, Target, World } from '../world.ts';
import { busArnOf, findBus, invalid, notFound } from './bus-names.ts';

const onRule =
  (member: 'Name' | 'Rule'): Operation['needs'] =>
  (call) => [{ action: `events:${call.operation}`, resource: ruleArnOf(call, member) }];

const ruleStates = ['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'];

/** The rules of a bus and their targets. */
export const rules: Service = {
  PutRule: {
    needs: onRule('Name'),
    perform(call, world) {
      const { Name, EventPattern, State = 'ENABLED' } = call.input;
      const busArn = findBus(call, world);
      const pattern = String(EventPattern);
      validatePattern(JSON.parse(pattern));
      if (!ruleStates.includes(String(State))) {
        throw new AwsError('ValidationException', `State must be one of ${ruleStates.join(', ')}.`);
      }
      const arn = ruleArnOf(call, 'Name');
      const targets = world.rules.get(arn)?.targets ?? [];
      world.rules.set(arn, { name: String(Name), busArn, state: String(State), pattern, targets });
      return { RuleArn: arn };
    },
  },
  DescribeRule: {
    needs: onRule('Name'),
    perform(call, world) {
      const { name, state, pattern, busArn } = findRule(call, world, 'Name');
      return {
        Name: name,
        Arn: ruleArnOf(call, 'Name'),
        EventPattern: pattern,
        State: state,
        EventBusName: busArn.split('/').at(-1),
      };
    },
  },
  EnableRule: changing('Name', (rule) => ({ ...rule, state: 'ENABLED' })),
  DisableRule: changing('Name', (rule) => ({ ...rule, state: 'DISABLED' })),
  DeleteRule: {
    needs: onRule('Name'),
    perform(call, world) {
      const arn = ruleArnOf(call, 'Name');
      if ((world.rules.get(arn)?.targets ?? []).length > 0) {
        throw invalid("Rule can't be deleted since it has targets.");
      }
      world.rules.delete(arn);
      return {};
    },
  },
  ListTargetsByRule: {
    needs: onRule('Rule'),
    perform: (call, world) => ({ Targets: findRule(call, world, 'Rule').targets }),
  },
  PutTargets: {
    needs: onRule('Rule'),
    perform(call, world) {
      const given = call.input.Targets as readonly Target[];
      change(call, world, 'Rule', (rule) => ({
        ...rule,
        targets: [
          ...rule.targets.filter(({ Id }) => given.every((one) => one.Id !== Id)),
          ...given,
        ],
      }));
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
  },
  RemoveTargets: {
    needs: onRule('Rule'),
    perform(call, world) {
      const ids = call.input.Ids as readonly string[];
      change(call, world, 'Rule', (rule) => ({
        ...rule,
        targets: rule.targets.filter(({ Id }) => !ids.includes(Id)),
      }));
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
  },
};

function changing(member: 'Name' | 'Rule', edit: (rule: Rule) => Rule): Operation {
  return {
    needs: onRule(member),
    perform(call, world) {
      change(call, world, member, edit);
      return {};
    },
  };
}

function change(
  call: Call,
  world: World,
  member: 'Name' | 'Rule',
  edit: (rule: Rule) => Rule,
): void {
  world.rules.set(ruleArnOf(call, member), edit(findRule(call, world, member)));
}

function findRule(call: Call, world: World, member: 'Name' | 'Rule'): Rule {
  const rule = world.rules.get(ruleArnOf(call, member));
  if (rule !== undefined) return rule;
  throw notFound(
    `Rule ${call.input[member]} does not exist on EventBus ${call.input.EventBusName ?? 'default'}.`,
  );
}

const ruleArnOf = (call: Call, member: 'Name' | 'Rule'): string => {
  const [prefix = '', bus = ''] = busArnOf(call, call.input.EventBusName).split('event-bus/');
  return `${prefix}rule/${bus === 'default' ? '' : `${bus}/`}${call.input[member]}`;
};
