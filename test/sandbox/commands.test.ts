import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import {
  CloudTrailClient,
  GetTrailStatusCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { expect, onTestFinished, test } from 'vitest';
import { attacks } from '#sandbox/attacks.ts';

test('npm run demo ends well, with every attack undone', async () => {
  const demo = run('sandbox/demo.ts');

  expect(await exitOf(demo), demo.output()).toBe(0);
  const [, undone, played] = /(\d+) of (\d+) attacks were reverted/.exec(demo.output()) ?? [];
  expect(Number(played)).toBeGreaterThanOrEqual(attacks.filter((one) => !one.forPeople).length);
  expect(undone).toBe(played);
  for (const { id, title } of attacks)
    expect(demo.output()).toContain(`${id.padEnd(4)} Mallory ${title}`);
});

test('npm run sandbox -- --json says on its first line where everything is, sweeps by itself, and ends on Ctrl-C', async () => {
  const sandbox = run('sandbox/main.ts', '--port', '0', '--json', '--sweep-every', '1');
  await once(sandbox.child.stdout as NodeJS.ReadableStream, 'data');
  const { endpoint, account, region, trail, table } = JSON.parse(sandbox.output());
  expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect({ account, region, trail }).toEqual({
    account: '111122223333',
    region: 'us-east-1',
    trail: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail',
  });
  expect(table).toEqual(expect.any(String));

  const credentials = { accessKeyId: 'mallory', secretAccessKey: 'any' };
  const client = new CloudTrailClient({ endpoint, region, credentials });
  await client.send(new StopLoggingCommand({ Name: trail }));
  while (!(await client.send(new GetTrailStatusCommand({ Name: trail }))).IsLogging) {
    await setTimeout(50);
  }

  sandbox.child.kill('SIGINT');
  expect(await exitOf(sandbox), sandbox.output()).toBe(0);
});

test('npm run sandbox reports what to try next, as commands to paste', async () => {
  const sandbox = run('sandbox/main.ts', '--port', '0');
  await once(sandbox.child.stdout as NodeJS.ReadableStream, 'data');

  expect(sandbox.output()).toMatch(/export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:\d+ AWS_REGION=/);
  expect(sandbox.output()).toContain('aws cloudtrail stop-logging --name org-trail');
});

test('npm run sandbox on a port that is taken says so, without a stack trace', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const { port } = other.address() as { port: number };

  const sandbox = run('sandbox/main.ts', '--port', String(port));

  expect(await exitOf(sandbox), sandbox.output()).toBe(1);
  expect(sandbox.output()).toContain(`port ${port} is taken`);
  expect(sandbox.output()).not.toContain('    at ');
});

type Run = { readonly child: ChildProcess; output(): string };

function run(...args: string[]): Run {
  const child = spawn(process.execPath, args);
  onTestFinished(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'close');
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return { child, output: () => output };
}

async function exitOf({ child }: Run): Promise<unknown> {
  if (child.exitCode === null) await once(child, 'close');
  return child.exitCode;
}
