import type { TestProject } from 'vitest/node';
import { startSandbox } from '#sandbox/sandbox.ts';
import { clientsOf } from './clients.ts';
import { inSandbox } from './in-sandbox.ts';
import { createRunResources } from './run-resources.ts';

/** Runs the suite as part of `npm test`: one sandbox for all cases, with no trails except those that they create. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const sandbox = await startSandbox();
  sandbox.deliver({ drop: true });
  const given = inSandbox(sandbox.endpoint);
  const { cloudtrail } = clientsOf(given.connection, given.region);
  await cloudtrail.deleteTrail({ Name: sandbox.trail });
  const { context, clear } = await createRunResources(given);
  provide('conformance', context);
  return async () => {
    await clear();
    await sandbox.stop();
  };
}
