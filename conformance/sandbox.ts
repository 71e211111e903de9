import type { TestProject } from 'vitest/node';
import { startSandbox } from '#sandbox/sandbox.ts';
import { clientsOf } from './clients.ts';
import { inSandbox } from './in-sandbox.ts';
import { stage } from './stage.ts';

/** The suite as a part of `npm test`: one sandbox for all of it, with no trail but those that it makes. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const sandbox = await startSandbox();
  sandbox.deliver({ drop: true });
  const given = inSandbox(sandbox.endpoint);
  const { cloudtrail } = clientsOf(given.connection, given.region);
  await cloudtrail.deleteTrail({ Name: sandbox.trail });
  const { context, clear } = await stage(given);
  provide('conformance', context);
  return async () => {
    await clear();
    await sandbox.stop();
  };
}
