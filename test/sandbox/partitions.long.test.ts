import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import {
  CloudTrailClient,
  GetTrailCommand,
  GetTrailStatusCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { partitions } from '#aws/partitions.ts';

type Started = { readonly endpoint: string; readonly region: string; readonly trail: string };

/** Starts `npm run sandbox -- --partition` for one test. */
async function sandboxIn(partition: string): Promise<Started> {
  const options = ['--json', '--port', '0', '--sweep-every', '0', '--partition', partition];
  const child = spawn(process.execPath, ['sandbox/main.ts', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => end(child));
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error(`the sandbox of ${partition} did not start`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

describe.each(partitions)('in partition $name', ({ name, regions }) => {
  test('an attack on the trail is reverted', { timeout: 240_000 }, async () => {
    const { endpoint, region, trail } = await sandboxIn(name);
    const credentials = { accessKeyId: 'mallory', secretAccessKey: 'any' };
    const mallory = new CloudTrailClient({ endpoint, region, credentials });
    const settings = async () => (await mallory.send(new GetTrailCommand({ Name: trail }))).Trail;
    const before = await settings();

    await mallory.send(new UpdateTrailCommand({ Name: trail, S3BucketName: 'attacker-bucket' }));
    await mallory.send(new StopLoggingCommand({ Name: trail }));

    expect(trail).toBe(`arn:${name}:cloudtrail:${region}:111122223333:trail/org-trail`);
    expect(regions).toContain(region);
    await vi.waitFor(
      async () => {
        expect(await settings()).toEqual(before);
        const { IsLogging } = await mallory.send(new GetTrailStatusCommand({ Name: trail }));
        expect(IsLogging).toBe(true);
      },
      { timeout: 60_000, interval: 100 },
    );
  });
});
