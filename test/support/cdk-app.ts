import { rmSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { onTestFinished } from 'vitest';

/** A CDK app, whose files are removed after the test. */
export function cdkApp(context: Record<string, unknown> = {}): App {
  const app = new App({ context });
  onTestFinished(() => rmSync(app.outdir, { recursive: true }));
  return app;
}
