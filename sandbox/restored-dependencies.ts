import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchRoot } from './alarm-attacks.ts';
import { clientsOf } from './clients.ts';
import { arnPrefix, home } from './home.ts';
import { protectBucket } from './log-bucket.ts';
import { type Cli, captureTrail } from './org-trail.ts';
import { delegate, logKeyArn, topicArn } from './seed.ts';

/** Configuration with which trailkeeper may restore everything that the trail depends on; its bucket is in another account. */
export const restoredDependencies = {
  dependencies: [
    { arn: `${arnPrefix}:s3:::org-trail-logs`, account: delegate, restore: true },
    { arn: logKeyArn, restore: true },
    { arn: topicArn, restore: true },
    {
      arn: `${arnPrefix}:logs:${home.region}:${home.accountId}:log-group:org-trail`,
      restore: true,
    },
    {
      arn: `${arnPrefix}:iam::${home.accountId}:role/org-trail-to-cloudwatch-logs`,
      restore: true,
    },
    { arn: `${arnPrefix}:cloudwatch:${home.region}:${home.accountId}:alarm:root`, restore: true },
  ],
  dependencyAccounts: [{ account: delegate, externalId: '9f1c0a7e5b3d4826a1c4e8f70b2d6395' }],
};

const bucket = 'org-trail-logs';

/** How drift is treated, by drift kind. */
const policy = Object.fromEntries(
  ['bucket', 'key', 'topic', 'log-group', 'log-role', 'alarms'].map((kind) => [kind, 'restore']),
);

/** Deploys the role in the account of the bucket, and captures a trail with a policy that restores what it depends on. */
export async function captureWithDependencies(
  endpoint: string,
  trail: string,
  config: object,
  cli?: Cli,
): Promise<void> {
  const { deployDependencies } = await import('./deploy-dependencies.ts');
  await deployDependencies(endpoint, delegate, config);
  await protectBucket(clientsOf(endpoint, delegate).s3, bucket);
  await watchRoot(clientsOf(endpoint, home.accountId));
  const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-capture-'));
  const [policyFile, credentials] = [join(folder, 'policy.json'), join(folder, 'credentials')];
  try {
    await writeFile(policyFile, JSON.stringify(policy));
    const key = `aws_access_key_id = ${delegate}\naws_secret_access_key = sandbox`;
    await writeFile(credentials, `[archive]\n${key}\n`);
    await captureTrail(endpoint, trail, cli, {
      args: ['--policy', policyFile, '--dependency-profile', 'archive'],
      variables: { AWS_SHARED_CREDENTIALS_FILE: credentials },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
