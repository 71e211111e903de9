import * as cdk from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';
import { kinds } from '#drift/index.ts';
import { type Deployment, functionEnvironment } from '#shared/config.ts';
import { GuardFunction } from './guard-function.ts';
import { statementsFor } from './permissions.ts';

export type TrailkeeperStackProps = cdk.StackProps & { readonly deployment: Deployment };

/** Everything that guards the trails of one account. */
export class TrailkeeperStack extends cdk.Stack {
  constructor(scope: Construct, id: string, { deployment, ...props }: TrailkeeperStackProps) {
    super(scope, id, {
      description: 'trailkeeper: puts a CloudTrail trail back as it was',
      ...props,
    });
    const table = stateTable(this);
    const sweep = sweepFunction(this, deployment, table);
    sweepSchedule(this, deployment, sweep);

    new cdk.CfnOutput(this, 'StateTableName', { value: table.tableName });
    new cdk.CfnOutput(this, 'SweepFunctionName', { value: sweep.functionName });
  }
}

/** Baselines outlive the stack. The key is AWS's own: a customer's key would be one DisableKey from a blind guard. */
function stateTable(stack: cdk.Stack): dynamodb.TableV2 {
  return new dynamodb.TableV2(stack, 'State', {
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
    encryption: dynamodb.TableEncryptionV2.dynamoOwnedKey(),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: cdk.RemovalPolicy.RETAIN,
  });
}

function sweepFunction(
  stack: cdk.Stack,
  { mode, homeRegions = [stack.region] }: Deployment,
  table: dynamodb.TableV2,
): GuardFunction {
  const scope = { partition: stack.partition, accountId: stack.account, homeRegions };
  const sweep = new GuardFunction(stack, 'Sweep', {
    description: 'Reconciles every guarded trail with its baseline',
    entry: 'functions/sweep.ts',
    environment: functionEnvironment({ mode, table: table.tableName }),
    statements: statementsFor(kinds, mode, scope),
  });
  table.grant(sweep, 'dynamodb:GetItem', 'dynamodb:Query');
  return sweep;
}

/** A sweep that could not be started is not worth starting late: the next one does the same. */
function sweepSchedule(
  stack: cdk.Stack,
  { sweepEvery }: Deployment,
  sweep: GuardFunction,
): scheduler.Schedule {
  return new scheduler.Schedule(stack, 'SweepSchedule', {
    description: 'Sweeps every guarded trail, whatever events did or did not arrive',
    schedule: scheduler.ScheduleExpression.expression(`rate(${sweepEvery})`),
    target: new LambdaInvoke(sweep, {
      input: scheduler.ScheduleTargetInput.fromObject({}),
      retryAttempts: 2,
      maxEventAge: cdk.Duration.minutes(5),
    }),
  });
}
