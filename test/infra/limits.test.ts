import { expect, test } from 'vitest';
import { ConfigError, parseDeployment } from '#deployment/config.ts';
import { bundleOf } from '#infra/bundle.ts';
import { synthesizeWithinLimits } from '#infra/checkout-app.ts';
import { addStacks } from '#infra/stacks.ts';
import { cdkApp } from '../support/cdk-app.ts';
import { largest, partitions } from './largest.ts';

// CDK's own validation of templates takes most of a synthesis and changes nothing in them.
process.env.CDK_VALIDATION ??= 'false';

const [aws = ['', []] as const] = partitions;

test('synth refuses ARNs that are too long, and names their keys', () => {
  const app = cdkApp();
  const withoutCode = bundleOf(() => ({}));
  addStacks(app, parseDeployment(largest(...aws, `/${'p'.repeat(1000)}/`)), withoutCode);

  expect(() => synthesizeWithinLimits(app)).toThrow(
    expect.objectContaining({
      name: ConfigError.name,
      message: expect.stringMatching(
        /^trailkeeper\.trails, .*trailkeeper\.cloudWatchLogsRoles.*ReconcileRole/m,
      ),
    }),
  );
});
