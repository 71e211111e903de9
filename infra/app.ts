import { App } from 'aws-cdk-lib';
import { ConfigError } from '#deployment/config.ts';
import { addConfiguredStacks, synthesizeWithinLimits } from './checkout-app.ts';

try {
  const app = new App();
  addConfiguredStacks(app, process.env.CDK_DEFAULT_ACCOUNT);
  synthesizeWithinLimits(app);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(`cdk.json, context: ${error.message}`);
  process.exitCode = 1;
}
