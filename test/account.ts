import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject, onTestFinished } from 'vitest';
import { type SandboxOptions, startSandbox } from '#sandbox/sandbox.ts';
import type { TrailReport } from '#shared/guard.ts';

export type Account = Awaited<ReturnType<typeof startAccount>>;

/** A sandbox with trailkeeper deployed, its guarded trail, and plain clients to change and to see the account with. */
export async function startAccount(options: SandboxOptions = {}) {
  const cdkOut = inject('cdkOut')[options.mode ?? 'enforce'];
  const sandbox = await startSandbox({ cdkOut, ...options });
  const { endpoint, region, trail } = sandbox;
  const credentials = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: 'any' });
  const clientOf = (accessKeyId: string, at = region) =>
    new CloudTrailClient({ endpoint, region: at, credentials: credentials(accessKeyId) });
  const outsider = clientOf('mallory');
  const table = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint, region, credentials: credentials('mallory') }),
  );

  return {
    ...sandbox,
    outsider,
    clientOf,
    table,
    tableName: sandbox.table,
    look,
    looksFromEverywhere,
    addTrail,
    /** Sweeps, and gives each trail's report. */
    async swept(payload?: unknown): Promise<readonly TrailReport[]> {
      const invocation = await sandbox.sweep(payload);
      if ('error' in invocation) throw new Error(JSON.stringify(invocation.error));
      return (invocation.result as { trails: TrailReport[] }).trails;
    },
    /** The calls by trailkeeper's role that change a trail, since the given number of calls. */
    writesSince: (start: number) =>
      sandbox.calls
        .slice(start)
        .filter(({ principal }) => principal.includes(':assumed-role/'))
        .filter(({ operation }) => !/^(Get|List|Describe|Query|BatchGet)/.test(operation)),
    fault: (fault: object) =>
      fetch(`${endpoint}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(fault) }),
  };

  /** What anybody can read of a trail, or the name of the error; without the times that a repair moves. */
  async function look(arn = trail, client = outsider): Promise<unknown> {
    try {
      const { Trail } = await client.send(new GetTrailCommand({ Name: arn }));
      const { IsLogging } = await client.send(new GetTrailStatusCommand({ Name: arn }));
      return { ...Trail, IsLogging };
    } catch (error) {
      return error instanceof Error ? error.name : error;
    }
  }

  /** The trails that are seen in the other Region, and in a member account. */
  async function looksFromEverywhere(): Promise<unknown> {
    const places = [clientOf('mallory', 'eu-central-1'), clientOf('222233334444')];
    return Promise.all(
      places
        .map((client) => client.send(new DescribeTrailsCommand()))
        .map(async (answer) => (await answer).trailList?.map(({ TrailARN }) => TrailARN)),
    );
  }

  /** Makes one more trail, logging, for the length of a test: a Region holds five. */
  async function addTrail(name: string): Promise<string> {
    const { TrailARN = '' } = await outsider.send(
      new CreateTrailCommand({ Name: name, S3BucketName: 'org-trail-logs' }),
    );
    onTestFinished(async () => {
      const pointer = { pk: 'current', sk: TrailARN };
      await table.send(new DeleteCommand({ TableName: sandbox.table, Key: pointer }));
      await outsider.send(new DeleteTrailCommand({ Name: TrailARN }));
    });
    await outsider.send(new StartLoggingCommand({ Name: TrailARN }));
    return TrailARN;
  }
}

/** An account for one test alone. */
export async function ownAccount(options: SandboxOptions = {}): Promise<Account> {
  const account = await startAccount(options);
  onTestFinished(account.stop);
  return account;
}
