import { App } from 'aws-cdk-lib';
import { ConfigError } from '#deployment/config.ts';
import { addStacks, synthesizeWithinLimits } from './stacks.ts';

try {
  const app = new App();
  addStacks(app, process.env.CDK_DEFAULT_ACCOUNT);
  synthesizeWithinLimits(app);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(`cdk.json, context: ${error.message}`);
  process.exitCode = 1;
}
