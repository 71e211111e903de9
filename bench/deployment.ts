import { CloudTrailClient, StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { DeleteResourcePolicyCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { zipSync } from 'fflate';
import { names } from '#aws/resource-names.ts';
import type { CallRecord } from '#sandbox/api.ts';
import { startSandbox } from '#sandbox/sandbox.ts';
import { buildFloor } from './floor/build.ts';

export type Deployment = Awaited<ReturnType<typeof startDeployment>>;

/**
 * A sandbox with trailkeeper deployed in `enforce` mode. The floor's code replaces Backfill, which has the same role
 * and is not used here. Reads are consistent.
 */
export async function startDeployment() {
  const sandbox = await startSandbox({ readLagMs: 0 });
  const { endpoint, region, trail } = sandbox;
  const credentials = { accessKeyId: 'mallory', secretAccessKey: 'any' };
  const config = { endpoint, region, credentials };
  const outsider = new CloudTrailClient(config);
  const lambda = new LambdaClient(config);
  const ZipFile = zipSync({ ...buildFloor() });
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: names.backfill, ZipFile }));
  await sandbox.settled();
  await sandbox.sweep();
  return {
    ...sandbox,
    outsider,
    /** Delays every call by this many milliseconds. */
    async slowDown(ms: number): Promise<void> {
      const body = JSON.stringify({ ms });
      await fetch(`${endpoint}/_sandbox/latency`, { method: 'POST', body });
    },
    /** Runs an action that sends events, waits until all processing has ended, and returns the calls. */
    async callsOf(act: () => Promise<unknown>): Promise<readonly CallRecord[]> {
      const before = sandbox.calls.length;
      await act();
      await sandbox.settled();
      return sandbox.calls.slice(before).filter(({ principal }) => isOurs(principal));
    },
    /** The event of a StopLogging call. It is not delivered to any function. */
    async stopLogging(): Promise<unknown> {
      sandbox.deliver({ drop: true });
      await outsider.send(new StopLoggingCommand({ Name: trail }));
      sandbox.deliver({ drop: false });
      return { detail: { requestParameters: { name: trail } } };
    },
    /** Removes the state table's policy, so that a process that is not a function may write to the table. */
    async openTable(): Promise<void> {
      const ResourceArn = `arn:aws:dynamodb:${region}:${sandbox.account}:table/${sandbox.table}`;
      await new DynamoDBClient(config).send(new DeleteResourcePolicyCommand({ ResourceArn }));
      await sandbox.settled();
    },
    /** The environment variables of a deployed function. */
    async configurationOf(FunctionName: string): Promise<Readonly<Record<string, string>>> {
      const read = new GetFunctionConfigurationCommand({ FunctionName });
      return (await lambda.send(read)).Environment?.Variables ?? {};
    },
    invokeFloor: (payload: unknown) =>
      lambda.send(
        new InvokeCommand({ FunctionName: names.backfill, Payload: JSON.stringify(payload) }),
      ),
  };
}

const isOurs = (principal: string): boolean => principal.includes(':assumed-role/Trailkeeper-');

export const isRead = ({ operation }: Pick<CallRecord, 'operation'>): boolean =>
  /^(Get|List|Head|Describe|Query|BatchGet)/.test(operation);
