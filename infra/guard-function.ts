import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export type GuardFunctionProps = {
  readonly description: string;
  /** The entry point, from the top of the checkout. */
  readonly entry: string;
  readonly environment: Record<string, string>;
  readonly role: iam.IRole;
  /** Where an invocation goes that failed for the last time. */
  readonly deadLetters: sqs.IQueue;
  readonly reservedConcurrentExecutions: number | undefined;
};

/** A function of trailkeeper: one bundle that carries its SDK, and a log that is kept. */
export class GuardFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, functionProps: GuardFunctionProps) {
    const { entry, deadLetters, reservedConcurrentExecutions, ...props } = functionProps;
    const logGroup = new logs.LogGroup(scope, `${id}Log`, {
      retention: logs.RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    logGroup.grantWrite(props.role);

    super(scope, id, {
      ...props,
      ...(reservedConcurrentExecutions === undefined ? {} : { reservedConcurrentExecutions }),
      logGroup,
      entry: fromTop(entry),
      projectRoot: fromTop(''),
      depsLockFilePath: fromTop('package-lock.json'),
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.minutes(2),
      retryAttempts: 2,
      maxEventAge: Duration.hours(1),
      onFailure: new SqsDestination(deadLetters),
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      bundling: {
        format: OutputFormat.ESM,
        // The SDK's CommonJS entry points would need `require`, which an ES module does not have.
        mainFields: ['module', 'main'],
        externalModules: [],
        minify: true,
        keepNames: true,
        sourceMap: true,
        target: 'node24',
      },
    });
  }
}

const fromTop = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
