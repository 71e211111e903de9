import * as cdk from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ConfigError, parseDeployment } from '#shared/config.ts';
import { TrailkeeperStack } from './stack.ts';

try {
  const app = new cdk.App();
  cdk.Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const deployment = parseDeployment(app.node.tryGetContext('trailkeeper'));
  new TrailkeeperStack(app, 'Trailkeeper', { deployment });
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(`cdk.json, context: ${error.message}`);
  process.exitCode = 1;
}
