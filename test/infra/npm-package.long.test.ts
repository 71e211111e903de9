import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { GetTrailStatusCommand, StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { buildSync } from 'esbuild';
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { perfectDelivery } from '#sandbox/delivery.ts';
import { deployment } from '#sandbox/seed.ts';
import { ownAccount } from '../support/account.ts';
import { templatesOf } from '../support/app.ts';

/** A project that has nothing but the package of a release and, by links, the CDK of the checkout. */
let project = '';

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-project-'));
  project = join(folder, 'project');
  await run('node', ['scripts/package/index.ts', '--out', join(folder, 'dist')]);
  const [tarball = ''] = (await readdir(join(folder, 'dist'))).filter((name) =>
    name.endsWith('.tgz'),
  );
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{"type":"module"}');
  await run(
    'npm',
    ['install', '--offline', '--legacy-peer-deps', '--no-audit', join(folder, 'dist', tarball)],
    project,
  );
  for (const name of ['aws-cdk-lib', 'constructs', '@types/node', 'undici-types']) {
    const link = join(project, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(resolve('node_modules', name), link);
  }
  return () => rm(folder, { recursive: true });
});

describe('the construct of the installed package', () => {
  const appOf = (props: object) => `
import { App } from 'aws-cdk-lib';
import { Trailkeeper, type TrailkeeperProps } from '@trailkeeper/trailkeeper';

const props: TrailkeeperProps = ${JSON.stringify({ ...props, mode: 'enforce' })};
const app = new App({ context: { '@aws-cdk/core:bootstrapQualifier': 'trailkeep' } });
const { main, forwarders } = new Trailkeeper(app, 'Security', props);
if (main.stackName !== 'Trailkeeper' || forwarders.length === 0) throw new Error('no stacks');
`;
  const app = appOf(deployment);

  test('compiles in a strict project, and refuses props that the schema refuses', async () => {
    const tsconfig = {
      compilerOptions: { strict: true, module: 'nodenext', noEmit: true, types: ['node'] },
      files: ['app.ts', 'wrong.ts'],
    };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify(tsconfig));
    await writeFile(join(project, 'app.ts'), app);
    await writeFile(
      join(project, 'wrong.ts'),
      app
        .replace('"mode":"enforce"', '"mode":"monitor"')
        .replace('const props', '// @ts-expect-error no such mode\nconst props'),
    );

    await run(resolve('node_modules/.bin/tsc'), [], project);
  });

  test('synthesizes the function that answers Slack', async () => {
    const [, approver] = deployment.approvers;
    const slack = { channel: 'C0123ABCDEF', approvers: { U0ALICE: approver } };
    await writeFile(join(project, 'app.ts'), appOf({ ...deployment, channels: { slack } }));
    const cdk = resolve('node_modules/aws-cdk/bin/cdk');
    await run('node', [cdk, 'synth', '--quiet', '--app', 'node app.ts', '--no-notices'], project);

    const functions = templatesOf(join(project, 'cdk.out'))
      .flatMap(({ Resources }) => Object.values(Resources))
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => Properties.FunctionName);
    expect(functions).toContain('Trailkeeper-Interact');
  });

  test('synthesizes the templates of the checkout, and its functions restore a trail', async () => {
    await writeFile(join(project, 'app.ts'), app);
    const cdk = resolve('node_modules/aws-cdk/bin/cdk');
    await run('node', [cdk, 'synth', '--quiet', '--app', 'node app.ts', '--no-notices'], project);
    const cdkOut = join(project, 'cdk.out');

    expect(resourcesOf(cdkOut)).toEqual(resourcesOf(inject('deployed').enforce));

    const { outsider, trail, ...account } = await ownAccount({ cdkOut });
    account.deliver(perfectDelivery);
    await outsider.send(new StopLoggingCommand({ Name: trail }));
    await account.settled();
    const { IsLogging } = await outsider.send(new GetTrailStatusCommand({ Name: trail }));
    expect(IsLogging).toBe(true);
  });
});

test('the sample of docs/install.md leads to mode enforce in three commands', async () => {
  const account = await ownAccount({ isEmpty: true });
  const sample = (readFileSync('docs/install.md', 'utf8').split('```ts\n')[1] ?? '').split(
    '```',
  )[0];
  const app = (sample ?? '')
    .replace(/arn:aws:cloudtrail:[^']+/, account.trail)
    .replace('role/Security', 'user/alice')
    .replace("'observe'", "'enforce'");
  expect(app).toContain("mode: 'enforce'");
  await writeFile(join(project, 'app.ts'), app);
  const cdkJson = { app: 'node app.ts' };
  await writeFile(join(project, 'cdk.json'), JSON.stringify(cdkJson));
  const asAlice = {
    AWS_ENDPOINT_URL: account.endpoint,
    AWS_REGION: account.region,
    AWS_ACCESS_KEY_ID: 'alice',
    AWS_SECRET_ACCESS_KEY: 'any',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
  const cdk = [resolve('node_modules/aws-cdk/bin/cdk'), '--no-notices'];

  await run('node', [...cdk, 'bootstrap'], project, asAlice);
  await run('node', [...cdk, 'deploy', '--all', '--require-approval=never'], project, asAlice);
  const capture = ['--no', '--', 'trailkeeper', 'capture', '--all', '--yes'];
  await run('npx', capture, project, asAlice);

  account.deliver(perfectDelivery);
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await account.settled();
  const { IsLogging } = await account.outsider.send(
    new GetTrailStatusCommand({ Name: account.trail }),
  );
  expect(IsLogging).toBe(true);
});

test('the package names each package that it contains, with its license text', () => {
  const { metafile } = buildSync({
    entryPoints: [
      'infra/trailkeeper.ts',
      'cli/main.ts',
      'functions/alert.ts',
      'functions/sweep.ts',
    ],
    external: ['aws-cdk-lib', 'constructs'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    outdir: 'any',
    write: false,
    metafile: true,
  });
  const bundled = new Set(
    Object.values(metafile.outputs)
      .flatMap(({ inputs }) => Object.keys(inputs))
      .flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  );
  const installed = join(project, 'node_modules/@trailkeeper/trailkeeper');
  const notices = readFileSync(join(installed, 'THIRD-PARTY-NOTICES'), 'utf8');

  const endings = ['zod', 'commander'].map((name) => expect.stringMatching(`/${name}$`));
  expect([...bundled]).toEqual(expect.arrayContaining(endings));
  for (const folder of bundled) {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    expect(notices).toContain(`\n${name} ${version} (`);
    const [file] = readdirSync(folder).filter((one) => /^license/i.test(one));
    const text =
      file === undefined ? 'Permission' : readFileSync(join(folder, file), 'utf8').trim();
    expect(notices, name).toContain(text);
  }
});

describe('npx --no -- trailkeeper', () => {
  test('runs the command of the installed package and of the checkout', async () => {
    for (const folder of [project, '.']) {
      const { stdout } = await run('npx', ['--no', '--', 'trailkeeper', 'plan', '--help'], folder);
      expect(stdout, folder).toContain('Usage: trailkeeper plan');
    }
  });

  test('downloads no package of that name where there is no such command', async () => {
    const registry = await packageOfAStranger();
    const empty = await mkdtemp(join(tmpdir(), 'trailkeeper-empty-'));
    onTestFinished(() => rm(empty, { recursive: true }));

    const args = ['--no', `--registry=${registry.url}`, '--', 'trailkeeper', 'plan'];
    await expect(run('npx', args, empty)).rejects.toThrow('npx canceled due to missing packages');
    expect(registry.asked).toEqual(['/trailkeeper']);
  });
});

/** A registry in which a stranger has registered the name of the command. */
async function packageOfAStranger() {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const dist = { tarball: `http://127.0.0.1/trailkeeper.tgz`, shasum: '0'.repeat(40) };
    const stranger = { name: 'trailkeeper', version: '1.0.0', bin: { trailkeeper: 'x.js' }, dist };
    response.setHeader('Content-Type', 'application/json');
    response.end(
      JSON.stringify({
        name: 'trailkeeper',
        'dist-tags': { latest: '1.0.0' },
        versions: { '1.0.0': stranger },
      }),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** The resources of every template, without their IDs: some depend on where in the app a resource is. */
const resourcesOf = (cdkOut: string) =>
  templatesOf(cdkOut)
    .flatMap(({ Resources }) => Object.values(Resources))
    .filter(({ Type }) => Type !== 'AWS::CDK::Metadata')
    .map(({ Type, Properties }) => JSON.stringify({ Type, Properties }))
    .toSorted();

function run(
  program: string,
  args: readonly string[],
  cwd = '.',
  variables: Readonly<Record<string, string>> = {},
): Promise<{ stdout: string }> {
  return new Promise((done, fail) => {
    const env = {
      ...process.env,
      npm_config_registry: 'http://127.0.0.1:9',
      npm_config_cache: resolve(project, '../cache'),
      NO_COLOR: '1',
      ...variables,
    };
    execFile(program, args, { cwd, env }, (error, stdout, stderr) => {
      if (error === null) done({ stdout });
      else fail(new Error(`${program} ${args.join(' ')}: ${stderr}${stdout}`));
    });
  });
}
