import { once } from 'node:events';
import { expect, test } from 'vitest';
import { run } from '../support/command.ts';

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
