import * as cdk from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { names, placesOf, stackOf } from '#core/layout.ts';
import { ConfigError, layoutOf } from '#shared/config.ts';
import { deploymentIn } from './context.ts';
import { ForwarderStack } from './forwarder-stack.ts';
import { GuardStack } from './guard-stack.ts';

try {
  const app = new cdk.App();
  cdk.Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const deployment = deploymentIn(app.node, process.env.CDK_DEFAULT_ACCOUNT);
  const layout = layoutOf(deployment);
  const [main, ...forwarders] = placesOf(layout);
  const guard = new GuardStack(app, names.stack, { deployment, env: main });
  for (const place of forwarders) {
    const forwarder = new ForwarderStack(app, stackOf(place, layout), {
      layout,
      place,
      env: place,
    });
    // One of another account is deployed with its credentials, by itself.
    if (place.account === main.account) forwarder.addStackDependency(guard);
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(`cdk.json, context: ${error.message}`);
  process.exitCode = 1;
}
