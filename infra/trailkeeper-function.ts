import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { functionSettings } from '#deployment/deployed-resources.ts';
import type { Bundle } from './bundle.ts';

export type TrailkeeperFunctionProps = {
  readonly functionName: string;
  readonly description: string;
  /** Called after the role got its last grant. */
  readonly bundle: () => Bundle;
  /** In seconds. */
  readonly timeout: number;
  readonly recursiveLoop?: lambda.RecursiveLoop;
  readonly environment: Record<string, string>;
  readonly role: iam.IRole;
  readonly logGroup: logs.ILogGroup;
  /** Gets an asynchronous invocation that failed for the last time, if there are any. */
  readonly deadLetters?: sqs.IQueue;
  readonly reservedConcurrentExecutions?: number | undefined;
};

/** A function with its SDK in its bundle. */
export class TrailkeeperFunction extends lambda.Function {
  /** The SHA-256 of its code, as Lambda returns it. */
  readonly codeSha256: string;

  constructor(scope: Construct, id: string, functionProps: TrailkeeperFunctionProps) {
    const { bundle, deadLetters, reservedConcurrentExecutions, timeout, ...props } = functionProps;
    props.logGroup.grantWrite(props.role);
    if (deadLetters !== undefined) {
      props.role.addToPrincipalPolicy(
        new iam.PolicyStatement({
          actions: ['sqs:SendMessage'],
          resources: [deadLetters.queueArn],
        }),
      );
    }
    const { code, sha256 } = bundle();

    super(scope, id, {
      ...props,
      ...(reservedConcurrentExecutions === undefined ? {} : { reservedConcurrentExecutions }),
      code,
      handler: functionSettings.Handler,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 1024,
      timeout: Duration.seconds(timeout),
      ...(deadLetters && asynchronous(deadLetters)),
    });
    this.codeSha256 = sha256;
  }
}

/** How failed invocations are retried. CDK's own destination also lets the function read the queue. */
const asynchronous = ({ queueArn }: sqs.IQueue): lambda.EventInvokeConfigOptions => ({
  retryAttempts: functionSettings.MaximumRetryAttempts,
  maxEventAge: Duration.seconds(functionSettings.MaximumEventAgeInSeconds),
  onFailure: { bind: () => ({ destination: queueArn }) },
});

/** Logs are kept for a year, and longer than the stack. */
export const functionLogGroup = (scope: Construct, functionId: string): logs.LogGroup =>
  new logs.LogGroup(scope, `${functionId}Log`, {
    retention: logs.RetentionDays.ONE_YEAR,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
