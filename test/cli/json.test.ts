import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StopLoggingCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { expect, test } from 'vitest';
import { answers } from '../../cli/json-answers.ts';
import { testAccount } from '../support/account.ts';
import { tempFolder } from '../support/temp-files.ts';

const account = testAccount();

test('every command prints one JSON document with --json, with the published schema', async () => {
  const folder = await tempFolder();
  await cp('cdk.json', join(folder, 'cdk.json'));
  const Name = account.trail;
  await account.outsider.send(new StopLoggingCommand({ Name }));
  await account.outsider.send(new UpdateTrailCommand({ Name, S3KeyPrefix: 'elsewhere' }));
  await account.swept();
  await account.outsider.send(new StopLoggingCommand({ Name }));
  const { stdout: exported } = await account.trailkeeper(['show', '--json']);
  await writeFile(join(folder, 'baseline.json'), exported);

  const done = new Set<string>();
  for (const line of [
    'plan',
    'diff 1 live',
    'window start --kinds tags --for 1h --reason x --yes',
    'window list',
    'list',
    'show',
    'restore --yes',
    'window end --yes',
    'window end --yes',
    'incidents',
    'report --from 1h',
    'capture',
    'capture --reason x --yes',
    'import baseline.json --reason x --yes',
    'rollback 1 --reason x --yes',
    'keys',
    'doctor',
    'harden',
    'notify test',
    'redrive --yes',
    'retire --reason x --yes',
    'history org-trail',
    'list --all',
    'capture --all --yes',
    'init --yes --mode observe',
  ]) {
    // On a slow machine the last sweep was too long ago for doctor.
    if (line === 'doctor') await account.swept();
    const { code, stdout, stderr } = await account.trailkeeper(
      [...line.split(' '), '--json'],
      {},
      folder,
    );

    expect({ code, stderr }, line).not.toMatchObject({ code: 1 });
    expect(Object.keys(JSON.parse(stdout)), line).not.toContain('error');
    const command = Object.keys(answers).find((name) => line.startsWith(name)) ?? line;
    answers[command as keyof typeof answers].parse(JSON.parse(stdout));
    done.add(command);
  }
  // Other tests run these, and read their answers with the same schemas.
  const elsewhere = [
    'approve',
    'backfill',
    'deploy',
    'recover',
    'reject',
    'verify',
    'verify-evidence',
  ];
  expect([...done, ...elsewhere].toSorted()).toEqual(Object.keys(answers).toSorted());
});
