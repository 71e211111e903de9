import { isAllowed, isAllowedIn } from '../iam.ts';
import { sessionOf } from '../principal.ts';
import type { Properties, Resource } from '../stack.ts';
import { withResource } from '../sts.ts';
import type { World } from '../world.ts';
import { parseMachine } from './definition.ts';

/**
 * Creates or updates a state machine. Throws if its definition or its role is refused. Sources: Step Functions API reference,
 * CreateStateMachine; "Using CloudWatch Logs to log execution history in Step Functions".
 */
export function deployMachine({ arn, name, properties }: Resource, world: World): void {
  const { RoleArn, Definition, DefinitionString = JSON.stringify(Definition) } = properties;
  if ((properties.StateMachineType ?? 'STANDARD') !== 'STANDARD') {
    throw new Error(`the sandbox models only standard workflows, and not ${name}`);
  }
  if (!isTrusted(RoleArn, world)) {
    throw new Error(
      `Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role ${RoleArn}.`,
    );
  }
  if (isLogged(properties) && !mayLog(RoleArn, world)) {
    throw new Error(
      `The state machine IAM Role is not authorized to access the Log Destination: ${RoleArn}`,
    );
  }
  const machine = parseMachine(DefinitionString);
  world.stateMachines.set(arn, {
    arn,
    name,
    roleArn: RoleArn,
    definition: DefinitionString,
    machine,
  });
}

const isTrusted = (roleArn: string, { roles }: World): boolean =>
  isAllowedIn(JSON.stringify(withResource(roles.get(roleArn)?.trust ?? {})), {
    principal: 'states.amazonaws.com',
    action: 'sts:AssumeRole',
    resource: roleArn,
  });

const isLogged = ({ LoggingConfiguration: { Level = 'OFF' } = {} }: Properties): boolean =>
  Level !== 'OFF';

const mayLog = (roleArn: string, world: World): boolean => {
  const session = sessionOf(roleArn, 'states', 'states');
  const owner = { accountId: session.accountId, policy: null };
  return logActions.every((action) => isAllowed(world, session, { action, resource: '*' }, owner));
};

const logActions = [
  'CreateLogDelivery',
  'GetLogDelivery',
  'UpdateLogDelivery',
  'DeleteLogDelivery',
  'ListLogDeliveries',
  'PutResourcePolicy',
  'DescribeResourcePolicies',
  'DescribeLogGroups',
].map((action) => `logs:${action}`);
