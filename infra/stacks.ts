import * as cdk from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { names, placesOf, stackOf } from '#core/layout.ts';
import { layoutOf } from '#shared/config.ts';
import { deploymentIn } from './context.ts';
import { ForwarderStack } from './forwarder-stack.ts';
import { GuardStack } from './guard-stack.ts';

/**
 * Adds the stacks that the app's context describes, and the checks of cdk-nag. `credentialsOf` is the account of the credentials,
 * undefined if there are none. Throws `ConfigError`.
 */
export function addStacks(app: cdk.App, credentialsOf: string | undefined): void {
  cdk.Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const deployment = deploymentIn(app.node, credentialsOf);
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
}
