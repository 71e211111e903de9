import * as cdk from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as cxapi from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import { recoverTimeout } from '#aws/function-timeouts.ts';
import { partitionOf } from '#aws/partitions.ts';
import { type AccountRegion, arnIn, names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import type { RecoveryFacts } from '#deployment/expected-deployment.ts';
import { recoveryDefinition } from '#deployment/recovery-definition.ts';
import { arnsOf } from '#deployment/topology.ts';
import { recoverPermissions } from '#recovery/permissions.ts';
import { recoverEnvironment } from '#recovery/recover-config.ts';
import type { Bundler } from './bundle.ts';
import { allow, functionRole } from './function-role.ts';
import { justify, wildcardReasons } from './justify.ts';
import { rolesIn } from './role-settings.ts';
import { functionLogGroup, TrailkeeperFunction } from './trailkeeper-function.ts';

/** A deployment that recovers events. */
type RecoveringDeployment = Deployment & {
  readonly recovery: NonNullable<Deployment['recovery']>;
};

export type RecoveryStackProps = cdk.StackProps & {
  readonly deployment: RecoveringDeployment;
  readonly bundle: Bundler;
  readonly env: AccountRegion;
};

/** The stack that recovers events from event history: a state machine, and the function that reads and writes for it. */
export class RecoveryStack extends cdk.Stack {
  /** What the self-check compares it with. */
  readonly facts: RecoveryFacts;

  constructor(scope: Construct, id: string, { deployment, bundle, ...props }: RecoveryStackProps) {
    super(scope, id, {
      description: 'trailkeeper: recovers events from event history',
      stackName: names.recovery,
      ...props,
    });
    this.node.setContext(cxapi.IAM_MINIMIZE_POLICIES, true);
    const { bucket, prefix } = deployment.recovery;
    const config = { account: deployment.account, bucket, prefix };
    const fn = new TrailkeeperFunction(this, 'Recover', {
      functionName: names.recover,
      description: 'trailkeeper: recovers the events of one account from event history',
      bundle: () => bundle('recover', {}),
      timeout: recoverTimeout,
      environment: recoverEnvironment(config),
      role: recoverRole(this, deployment),
      logGroup: functionLogGroup(this, 'Recover'),
      // No dead letters: the state machine waits for the answer, and tries again.
    });
    const machine = stateMachine(this, fn, props.env);
    this.facts = { code: fn.codeSha256, config, roles: rolesIn(this) };
    for (const [name, value] of Object.entries({
      StateMachineArn: machine.stateMachineArn,
      RecoverFunctionName: fn.functionName,
      Bucket: bucket,
      Prefix: prefix,
    })) {
      new cdk.CfnOutput(this, name, { value });
    }
  }
}

/** Reads event history and what the trails delivered, and writes below the prefix of the recovery alone. */
function recoverRole(stack: cdk.Stack, deployment: RecoveringDeployment): iam.Role {
  const permissions = recoverPermissions({
    ...deployment.recovery,
    partition: partitionOf(deployment.region),
    isOrganization: deployment.organization !== undefined,
  });
  const role = functionRole(stack, 'RecoverRole', {
    roleName: names.recover,
    description: 'trailkeeper: reads event history and writes what is recovered',
    statements: permissions.map(({ actions, resources }) => allow(actions, resources)),
  });
  justify(
    role,
    wildcardReasons(
      permissions.flatMap(({ resources }) => resources),
      'event history has no resource type; roles and objects are those with the names that recovery uses',
    ),
  );
  return role;
}

function stateMachine(
  stack: cdk.Stack,
  fn: TrailkeeperFunction,
  at: AccountRegion,
): sfn.StateMachine {
  const logGroup = functionLogGroup(stack, 'StateMachine');
  const machine = new sfn.StateMachine(stack, 'StateMachine', {
    stateMachineName: names.recovery,
    comment: 'trailkeeper: recovers events from event history',
    definitionBody: sfn.DefinitionBody.fromString(JSON.stringify(recoveryDefinition(at))),
    role: stateMachineRole(stack, fn, at),
    logs: { destination: logGroup as logs.ILogGroup, level: sfn.LogLevel.ALL },
  });
  justify(machine, {
    SF2: 'no other part of trailkeeper sends traces, so there is none to follow',
  });
  return machine;
}

/** Invokes the function, and runs the child executions of the map. Source: "IAM policies for using Distributed Map states". */
function stateMachineRole(stack: cdk.Stack, fn: TrailkeeperFunction, at: AccountRegion): iam.Role {
  const executions = arnIn(at, 'states', `execution:${names.recovery}:*`);
  const role = functionRole(stack, 'StateMachineRole', {
    roleName: names.recovery,
    description: 'trailkeeper: runs the recovery of events',
    service: 'states',
    statements: [
      allow(['lambda:InvokeFunction'], [fn.functionArn]),
      allow(['states:StartExecution'], [arnsOf(at).recovery]),
      allow(['states:DescribeExecution'], [executions]),
    ],
  });
  justify(role, {
    ...wildcardReasons([executions], 'the executions of this state machine'),
    'IAM5[Resource::*]': 'the delivery of logs of a service has no resource type',
  });
  return role;
}
