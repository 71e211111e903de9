import { CloudTrailClient, StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { names } from '#aws/resource-names.ts';
import { startSandbox } from '#sandbox/sandbox.ts';
import type { Sandbox } from '#sandbox/sandbox-options.ts';
import type { Deployment } from './deployment.ts';
import { type Figure, figure } from './figure.ts';

/** Memory sizes of a function, in MB. Source: Lambda developer guide, "Configure Lambda function memory". */
const sizes = [128, 256, 512, 1024, 1769];

/** The size with one vCPU; a smaller one has its share of it. Source: Lambda developer guide, as above. */
const megabytesOfCpu = 1769;

const measured = [
  names.remediate,
  names.alert,
  names.sweep,
  names.selfCheck,
  names.audit,
  names.backfill,
];

/**
 * The peak of each function's memory over several restores, the cheapest size that holds it, and how long the CPU time of a warm run takes
 * there. CPU time costs the same at every size, and waiting costs more at a larger one.
 */
export async function memory(
  _deployment: Deployment,
  iterations: number,
): Promise<readonly Figure[]> {
  const sandbox = await startSandbox({ readLagMs: 0 });
  try {
    for (let i = 0; i <= iterations; i += 1) await useEveryFunction(sandbox);
    return measured.flatMap((name) => figuresOf(name, sandbox));
  } finally {
    await sandbox.stop();
  }
}

/** A restore, a sweep, a self-check, a write to the state table by someone else, and a backfill of the last hour. */
async function useEveryFunction(sandbox: Sandbox): Promise<void> {
  const { endpoint, region, account, table, trail: Name } = sandbox;
  const config = { endpoint, region };
  const as = (accessKeyId: string) => ({
    ...config,
    credentials: { accessKeyId, secretAccessKey: 'any' },
  });
  await new CloudTrailClient(as('mallory')).send(new StopLoggingCommand({ Name }));
  await sandbox.settled();
  await sandbox.sweep();
  await sandbox.selfCheck();
  await new DynamoDBClient(as(account)).send(
    new PutItemCommand({
      TableName: table,
      Item: { pk: { S: 'window' }, sk: { S: `${Name}#${Date.now()}` }, document: { S: '{}' } },
    }),
  );
  const [from, to] = [Date.now() - 3_600_000, Date.now()].map((at) => new Date(at).toISOString());
  await new LambdaClient(as('alice')).send(
    new InvokeCommand({ FunctionName: names.backfill, Payload: JSON.stringify({ from, to }) }),
  );
  await sandbox.settled();
}

function figuresOf(name: string, { invocations }: Sandbox): readonly Figure[] {
  const usages = invocations.flatMap(({ functionName, usage }) =>
    functionName === name && usage !== undefined ? [usage] : [],
  );
  const peak = Math.max(...usages.map(({ maxMemoryMb }) => maxMemoryMb));
  const size = sizes.find((one) => one > peak) ?? Number.POSITIVE_INFINITY;
  const warm = usages.filter(({ isFirst }) => !isFirst).map(({ cpuMs }) => cpuMs);
  const slower = megabytesOfCpu / Math.min(size, megabytesOfCpu);
  const short = name.replace(`${names.stack}-`, '');
  return [
    figure({ name: `${short}: peak`, unit: 'MB', ours: [peak] }),
    figure({ name: `${short}: cheapest size`, unit: 'MB', ours: [size] }),
    figure({
      name: `${short}: CPU at ${size} MB`,
      unit: 'ms',
      ours: warm.map((ms) => ms * slower),
    }),
  ];
}
