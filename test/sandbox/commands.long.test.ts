import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import {
  CloudTrailClient,
  GetTrailStatusCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { expect, test } from 'vitest';
import { run } from '../support/command.ts';

test('npm run sandbox -- --json prints the endpoint, runs sweeps and exits on Ctrl-C', async () => {
  const options = ['--port', '0', '--json', '--sweep-every', '1', '--partition', 'aws-cn'];
  const sandbox = run('sandbox/main.ts', ...options);
  await once(sandbox.child.stdout as NodeJS.ReadableStream, 'data');
  const { endpoint, account, region, trail, table } = JSON.parse(sandbox.output());
  expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect({ account, region, trail }).toEqual({
    account: '111122223333',
    region: 'cn-northwest-1',
    trail: 'arn:aws-cn:cloudtrail:cn-northwest-1:111122223333:trail/org-trail',
  });
  expect(table).toEqual(expect.any(String));

  const credentials = { accessKeyId: 'mallory', secretAccessKey: 'any' };
  const client = new CloudTrailClient({ endpoint, region, credentials });
  await client.send(new StopLoggingCommand({ Name: trail }));
  while (!(await client.send(new GetTrailStatusCommand({ Name: trail }))).IsLogging) {
    await setTimeout(50);
  }

  sandbox.child.kill('SIGINT');
  expect(await sandbox.exitCode(), sandbox.output()).toBe(0);
});

test('npm run sandbox prints commands to paste, and exits if its port is in use', async () => {
  const sandbox = run('sandbox/main.ts', '--port', '0');
  await once(sandbox.child.stdout as NodeJS.ReadableStream, 'data');
  const [, port = ''] =
    /export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:(\d+) AWS_REGION=/.exec(sandbox.output()) ?? [];
  expect(sandbox.output()).toContain('aws cloudtrail stop-logging --name org-trail');

  const second = run('sandbox/main.ts', '--port', port);

  expect(await second.exitCode(), second.output()).toBe(1);
  expect(second.output()).toContain(`port ${port} is in use`);
  expect(second.output()).not.toContain('    at ');
});
