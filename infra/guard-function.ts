import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

export type GuardFunctionProps = {
  readonly description: string;
  /** The entry point, from the top of the checkout. */
  readonly entry: string;
  readonly environment: Record<string, string>;
  readonly statements: readonly iam.PolicyStatement[];
};

/** A function of trailkeeper: one bundle that carries its SDK, a role with the given statements alone, and a log that is kept. */
export class GuardFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: GuardFunctionProps) {
    const logGroup = new logs.LogGroup(scope, `${id}Log`, {
      retention: logs.RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const role = new iam.Role(scope, `${id}Role`, {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: `trailkeeper: ${props.description}`,
    });
    logGroup.grantWrite(role);
    for (const statement of props.statements) role.addToPolicy(statement);

    super(scope, id, {
      description: `trailkeeper: ${props.description}`,
      entry: fromTop(props.entry),
      projectRoot: fromTop(''),
      depsLockFilePath: fromTop('package-lock.json'),
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.minutes(2),
      role,
      logGroup,
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
