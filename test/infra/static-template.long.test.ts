import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { GetTrailStatusCommand, StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import { problemsIn } from '#infra/limits.ts';
import { ownAccount } from '../support/account.ts';

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

test('the template in mode enforce guards a trail of the account that it is deployed to', async () => {
  const account = await ownAccount({ isEmpty: true });
  const credentials = { accessKeyId: 'alice', secretAccessKey: 'any' };
  const config = { endpoint: account.endpoint, region: account.region, credentials };
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keyFile = join(release, 'key.pem');
  await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const cloudformation = new CloudFormationClient(config);
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const CodeBucket = 'releases';
  await cloudformation.send(
    new CreateStackCommand({ StackName: 'Releases', TemplateBody: bucketTemplate(CodeBucket) }),
  );
  for (const name of (await readdir(release)).filter((file) => file.endsWith('.zip'))) {
    const Body = await readFile(join(release, name));
    await s3.send(new PutObjectCommand({ Bucket: CodeBucket, Key: `v1/${name}`, Body }));
  }
  const parameters = {
    CodeBucket,
    CodePrefix: 'v1/',
    Trails: account.trail,
    Approvers: 'arn:aws:iam::111122223333:user/alice,arn:aws:iam::111122223333:role/Security',
    OrganizationId: 'o-a1b2c3d4e5',
    SigningKeys: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    Email: 'security@example.com',
    SlackChannel: '#security-alerts',
  };

  await cloudformation.send(
    new CreateStackCommand({
      StackName: 'Trailkeeper',
      TemplateBody: JSON.stringify(await templateOf('enforce')),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    }),
  );
  const captured = await account.trailkeeper(['capture', account.trail, '--yes'], {
    TRAILKEEPER_SIGNING_KEY: keyFile,
  });
  expect(captured.stderr).not.toContain('error');
  expect(captured.code).toBe(0);

  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  const invoke = async (FunctionName: string) => {
    const { Payload } = await new LambdaClient(config).send(
      new InvokeCommand({ FunctionName, Payload: '{}' }),
    );
    return JSON.parse(Payload?.transformToString() ?? '');
  };
  await invoke('Trailkeeper-Sweep');

  const { IsLogging } = await account.outsider.send(
    new GetTrailStatusCommand({ Name: account.trail }),
  );
  expect(IsLogging).toBe(true);
  expect(await invoke('Trailkeeper-SelfCheck')).toEqual({ faults: [] });
  const { stdout } = await account.trailkeeper(['doctor', '--json']);
  const { checks } = JSON.parse(stdout);
  const resources = checks.find(({ name }: { name: string }) => name === 'deployment');
  expect(resources.findings).not.toEqual([]);
  expect(resources.findings.filter(({ status }: { status: string }) => status !== 'ok')).toEqual(
    [],
  );
});

const bucketTemplate = (BucketName: string): string =>
  JSON.stringify({
    Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName } } },
  });
