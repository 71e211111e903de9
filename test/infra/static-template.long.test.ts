import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  CreateTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { unzipSync } from 'fflate';
import { beforeAll, describe, expect, test } from 'vitest';
import { problemsIn } from '#infra/limits.ts';
import { perfectDelivery } from '#sandbox/delivery.ts';
import { slackSecrets } from '#sandbox/slack/slack.ts';
import { type Account, ownAccount } from '../support/account.ts';

/** Two releases of the same sources. */
let release = '';
let again = '';

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-release-'));
  [release, again] = [join(folder, 'one'), join(folder, 'two')];
  for (const out of [release, again]) {
    await promisify(execFile)('node', ['scripts/package/index.ts', '--out', out]);
  }
  return () => rm(folder, { recursive: true });
});

const hashOf = async (folder: string, name: string) =>
  createHash('sha256')
    .update(await readFile(join(folder, name)))
    .digest('hex');
const templateOf = async (name: string) =>
  JSON.parse(await readFile(join(release, `trailkeeper-${name}.template.json`), 'utf8'));

describe('a release', () => {
  test('has the same files if it is built again', async () => {
    const names = await readdir(release);

    expect(await readdir(again)).toEqual(names);
    for (const name of names) {
      expect(await hashOf(again, name), name).toBe(await hashOf(release, name));
    }
  });

  test('names each zip by its hash, and lists the checksum of each file', async () => {
    const sums = await readFile(join(release, 'SHA256SUMS'), 'utf8');
    const listed = sums
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('  '));

    const names = (await readdir(release)).filter((name) => name !== 'SHA256SUMS');
    expect(listed.map(([, name]) => name)).toEqual(names.toSorted());
    for (const [sum, name = ''] of listed) {
      expect(await hashOf(release, name)).toBe(sum);
      if (name.endsWith('.zip')) expect(name).toBe(`${sum}.zip`);
    }
  });

  test('has the licenses of the bundled packages in each zip', async () => {
    for (const name of (await readdir(release)).filter((file) => file.endsWith('.zip'))) {
      const files = unzipSync(await readFile(join(release, name)));
      const notices = new TextDecoder().decode(files['THIRD-PARTY-NOTICES']);
      expect(notices).toMatch(/^@aws-sdk\/client-\S+ [\d.]+ \(Apache-2\.0\)$/m);
      expect(notices).toContain(await readFile('node_modules/zod/LICENSE', 'utf8'));
    }
  });

  test('has an SBOM that lists what the functions are built from', async () => {
    const sbom = JSON.parse(await readFile(join(release, 'sbom.cdx.json'), 'utf8'));

    expect(sbom.bomFormat).toBe('CycloneDX');
    const names = sbom.components.map(({ name, group }: Record<string, string>) =>
      [group, name].filter(Boolean).join('/'),
    );
    expect(names).toEqual(expect.arrayContaining(['zod', '@aws-sdk/client-cloudtrail']));
  });

  test.each(['observe', 'enforce', 'forwarder'])(
    'has a template %s within the limits of AWS',
    async (name) => {
      expect(problemsIn([await templateOf(name)])).toEqual([]);
    },
  );
});

const frankfurt = 'eu-central-1';

describe('the templates, deployed with CloudFormation,', () => {
  test('protect trails of two Regions in mode enforce, and the forwarder sends their events', async () => {
    const account = await ownAccount({ isEmpty: true });
    const west = await trailIn(account, frankfurt);
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const keyFile = join(release, 'key.pem');
    await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await deployMain(account, 'enforce', {
      Trails: `${account.trail},${west}`,
      HomeRegions: `${account.region},${frankfurt}`,
      SigningKeys: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    });
    await deployForwarder(account);
    await captureAll(account, { TRAILKEEPER_SIGNING_KEY: keyFile });
    account.deliver(perfectDelivery);

    await stopLogging(account, account.trail);
    await account.settled();
    expect(await isLogging(account, account.trail)).toBe(true);

    await stopLogging(account, west);
    await account.settled();
    expect(await isLogging(account, west)).toBe(true);

    expect(await invoke(account, 'SelfCheck')).toEqual({ faults: [] });
    expect(await problemsOfDeployment(account)).toEqual([]);
  });

  test('report what happens to a trail in mode observe, and change nothing', async () => {
    const account = await ownAccount({ isEmpty: true });
    await deployMain(account, 'observe', { Trails: account.trail });
    await captureAll(account);

    await stopLogging(account, account.trail);
    const before = account.calls.length;
    await invoke(account, 'Sweep');

    expect(await isLogging(account, account.trail)).toBe(false);
    expect(account.writesSince(before)).toEqual([]);
    const listed = JSON.parse((await account.trailkeeper(['incidents', '--json'])).stdout);
    expect(listed.incidents).toMatchObject([
      { incident: { trail: account.trail, state: 'drifted' } },
    ]);
    expect(await invoke(account, 'SelfCheck')).toEqual({ faults: [] });
    expect(await problemsOfDeployment(account)).toEqual([]);
  });
});

const clientOf = (account: Account, trail: string) =>
  account.clientOf('mallory', trail.split(':')[3]);

const stopLogging = (account: Account, trail: string) =>
  clientOf(account, trail).send(new StopLoggingCommand({ Name: trail }));

const isLogging = async (account: Account, trail: string) =>
  (await clientOf(account, trail).send(new GetTrailStatusCommand({ Name: trail }))).IsLogging;

async function trailIn(account: Account, region: string): Promise<string> {
  const client = account.clientOf('alice', region);
  const created = new CreateTrailCommand({ Name: 'west', S3BucketName: 'org-trail-logs' });
  const { TrailARN = '' } = await client.send(created);
  await client.send(new StartLoggingCommand({ Name: TrailARN }));
  return TrailARN;
}

/** Uploads the code and deploys the main stack, as docs/install.md says. */
async function deployMain(account: Account, mode: string, parameters: Record<string, string>) {
  const config = account.configOf('alice');
  const CodeBucket = 'releases';
  await createStack(account, 'Releases', account.region, bucketTemplate(CodeBucket));
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  for (const name of (await readdir(release)).filter((file) => file.endsWith('.zip'))) {
    const Body = await readFile(join(release, name));
    await s3.send(new PutObjectCommand({ Bucket: CodeBucket, Key: `v1/${name}`, Body }));
  }
  await createStack(account, 'Trailkeeper', account.region, await templateOf(mode), {
    CodeBucket,
    CodePrefix: 'v1/',
    Approvers: 'arn:aws:iam::111122223333:user/alice,arn:aws:iam::111122223333:role/Security',
    OrganizationId: 'o-a1b2c3d4e5',
    Email: 'security@example.com',
    SlackChannel: 'C0SANDBOX',
    ...parameters,
  });
  await new SecretsManagerClient(config).send(
    new PutSecretValueCommand({ SecretId: 'Trailkeeper-Slack', SecretString: slackSecrets.bot }),
  );
}

const deployForwarder = async (account: Account) =>
  createStack(
    account,
    `Trailkeeper-Forwarder-${frankfurt}`,
    frankfurt,
    await templateOf('forwarder'),
  );

const createStack = (
  account: Account,
  StackName: string,
  region: string,
  template: object,
  parameters: Record<string, string> = {},
) =>
  new CloudFormationClient(account.configOf('alice', region)).send(
    new CreateStackCommand({
      StackName,
      TemplateBody: JSON.stringify(template),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    }),
  );

async function captureAll(account: Account, variables: Record<string, string> = {}): Promise<void> {
  const { code, stderr } = await account.trailkeeper(['capture', '--all', '--yes'], variables);
  expect(stderr).not.toContain('error');
  expect(code, stderr).toBe(0);
}

async function invoke(account: Account, name: string): Promise<unknown> {
  const lambda = new LambdaClient(account.configOf('alice'));
  const { Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: `Trailkeeper-${name}`, Payload: '{}' }),
  );
  return JSON.parse(Payload?.transformToString() ?? '');
}

/** What doctor finds wrong with the deployed resources. */
async function problemsOfDeployment(account: Account): Promise<unknown> {
  const { checks } = JSON.parse((await account.trailkeeper(['doctor', '--json'])).stdout);
  const { findings } = checks.find(({ name }: { name: string }) => name === 'deployment');
  expect(findings).not.toEqual([]);
  return findings.filter(({ status }: { status: string }) => status !== 'ok');
}

const bucketTemplate = (BucketName: string): object => ({
  Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName } } },
});
