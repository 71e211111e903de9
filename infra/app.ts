import { App } from 'aws-cdk-lib';
import { ConfigError } from '#shared/config.ts';
import { addStacks } from './stacks.ts';

try {
  addStacks(new App(), process.env.CDK_DEFAULT_ACCOUNT);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(`cdk.json, context: ${error.message}`);
  process.exitCode = 1;
}
