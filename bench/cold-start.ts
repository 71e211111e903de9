import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { names } from '#aws/resource-names.ts';
import { factsFile } from '#deployment/expected-deployment.ts';
import { parseSigning } from '#deployment/signing-config.ts';
import { buildFunction } from '#infra/build-function.ts';
import type { ColdProcess } from './cold-process.ts';
import type { Deployment } from './deployment.ts';
import { type Figure, figure } from './figure.ts';
import { buildFloor } from './floor/build.ts';

/**
 * A new process that loads a bundle and handles its first event: CPU time, bytes of loaded code and memory, compared
 * with the floor. Remediate and the floor restore logging; Sweep finds the trail in sync.
 */
export async function coldStart(
  deployment: Deployment,
  iterations: number,
): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-bench-'));
  try {
    const event = await eventOfStopLogging(deployment);
    await deployment.openTable();
    const floor = await unpack(deployment, join(folder, 'floor'), buildFloor(), event);
    const remediate = await unpack(
      deployment,
      join(folder, 'remediate'),
      buildFunction('remediate'),
      event,
    );
    const sweep = await unpack(deployment, join(folder, 'sweep'), buildFunction('sweep'), {});
    return [
      ...(await measure(deployment, 'Remediate', { ours: remediate, floor, iterations })),
      ...(await measure(deployment, 'Sweep', { ours: sweep, floor, iterations })),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs a function in a new process until it exits. */
type Start = () => Promise<ColdProcess>;

async function measure(
  deployment: Deployment,
  name: string,
  { ours, floor, iterations }: { ours: Start; floor: Start; iterations: number },
): Promise<readonly Figure[]> {
  const pairs: { readonly ours: ColdProcess; readonly floor: ColdProcess }[] = [];
  for (let i = 0; i < iterations; i += 1) {
    if (name === 'Remediate') await deployment.stopLogging();
    const one = await withoutEvents(deployment, ours);
    await deployment.stopLogging();
    pairs.push({ ours: one, floor: await withoutEvents(deployment, floor) });
  }
  const of = (use: (process: ColdProcess) => number) => ({
    ours: pairs.map((pair) => use(pair.ours)),
    floor: pairs.map((pair) => use(pair.floor)),
  });
  return [
    figure({ name: `${name}: CPU to load`, unit: 'ms', ...of(({ loadMs }) => loadMs) }),
    figure({ name: `${name}: CPU`, unit: 'ms', ...of(({ cpuMs }) => cpuMs), goal: 1.3 }),
    figure({ name: `${name}: code`, unit: 'kB', ...of(({ bytes }) => bytes / 1000), goal: 1.5 }),
    figure({ name: `${name}: memory`, unit: 'MB', ...of(({ memoryBytes }) => memoryBytes / 1e6) }),
  ];
}

/** Drops events, because the process's own writes would arrive as events from another caller. */
async function withoutEvents(deployment: Deployment, start: Start): Promise<ColdProcess> {
  deployment.deliver({ drop: true });
  const used = await start();
  deployment.deliver({ drop: false });
  return used;
}

async function eventOfStopLogging(deployment: Deployment): Promise<unknown> {
  const { invocations, outsider, trail } = deployment;
  const before = invocations.length;
  await deployment.callsOf(() => outsider.send(new StopLoggingCommand({ Name: trail })));
  const ofRemediate = invocations
    .slice(before)
    .filter(({ functionName }) => functionName === names.remediate)
    .map(({ payload }) => payload);
  // Events of earlier measurements may arrive until now.
  const event = ofRemediate.find((one) => JSON.stringify(one).includes('"StopLogging"'));
  if (event === undefined) throw new Error(`${names.remediate} got no event of StopLogging`);
  return event;
}

/** Unpacks a deployed function and returns how to start it. */
async function unpack(
  { endpoint, region, outputs, configurationOf }: Deployment,
  folder: string,
  code: Readonly<Record<string, Uint8Array>>,
  event: unknown,
): Promise<Start> {
  await mkdir(folder);
  const files = {
    ...code,
    [factsFile]: JSON.stringify({ signing: parseSigning(outputs.Signing ?? '') }),
    'event.json': JSON.stringify(event),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const env = {
    ...(await configurationOf(names.remediate)),
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'root',
    AWS_SECRET_ACCESS_KEY: 'any',
    TRAILKEEPER_READ_LAG_MS: '0',
  };
  const child = join(folder, 'cold-process.mjs');
  await writeFile(child, stripTypeScriptTypes(await readFile(source, 'utf8')));
  const args = [child, join(folder, 'index.mjs'), join(folder, 'event.json')];
  return async () => {
    const { stderr } = await promisify(execFile)(process.execPath, args, { env, cwd: folder });
    return JSON.parse(stderr.split('\n').at(-1) ?? '') as ColdProcess;
  };
}

const source = new URL('cold-process.ts', import.meta.url);
