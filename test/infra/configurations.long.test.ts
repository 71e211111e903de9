import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { deployment } from '#sandbox/seed.ts';
import { everything } from '../support/synthesized.ts';
import { tempFolder } from '../support/temp-files.ts';
import { expectNagSilent, read, stacksIn, synthesized } from './app.ts';

const govCloud = {
  region: 'us-gov-east-1',
  approvers: ['arn:aws-us-gov:iam::111122223333:role/Security'],
};

test.each([
  [
    'two home Regions',
    { mode: 'enforce', signing: deployment.signing, homeRegions: ['eu-central-1', 'us-east-1'] },
  ],
  ['GovCloud', { ...govCloud, sentinel: true }],
  [
    'an existing Slack secret',
    {
      channels: {
        slack: { secret: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:hook-a1b2c3' },
      },
    },
  ],
])('cdk-nag has no finding without a reason: %s', async (_what, config) =>
  expectNagSilent(await synthesized(config)),
);

test('the stacks in another partition name no other partition', async () => {
  const stacks = stacksIn(await synthesized(govCloud));

  expect(stacks.map(({ name, region }) => [name, region])).toEqual([
    ['Trailkeeper', 'us-gov-east-1'],
    ['Trailkeeper-Forwarder-us-gov-west-1', 'us-gov-west-1'],
  ]);
  for (const { template } of stacks) {
    expect(JSON.stringify(template.toJSON())).not.toMatch(/arn:aws:/);
  }
});

test("the CDK's own validation accepts the templates with everything configured", async () => {
  const { context } = JSON.parse(await readFile('cdk.json', 'utf8'));
  const CDK_OUTDIR = await tempFolder();
  const CDK_CONTEXT_JSON = JSON.stringify({
    ...context,
    trailkeeper: everything,
  });
  const env = { ...process.env, CDK_OUTDIR, CDK_CONTEXT_JSON, CDK_VALIDATION: 'true' };

  await promisify(execFile)(process.execPath, ['infra/app.ts'], { env });

  const { pluginReports } = read(CDK_OUTDIR, 'validation-report.json');
  for (const report of pluginReports) expect(report).toMatchObject({ conclusion: 'success' });
});
