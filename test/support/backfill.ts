import { randomUUID } from 'node:crypto';
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { invoke, invokeLater } from '#aws/invoke.ts';
import { rowsIn } from '#aws/state-table.ts';
import { type BackfillClient, readReport, startBackfill } from '#backfill/client.ts';
import type { BackfillReport } from '#backfill/job-state.ts';
import { reportStore } from '#backfill/report-store.ts';
import type { Account } from './account.ts';

export const minute = 60_000;

/** A time before now, as in a payload. */
export const ago = (minutes: number): string =>
  new Date(Date.now() - minutes * minute).toISOString();

/** Backfills of an account, started and awaited like the CLI does. */
export function backfillsOf(account: Account) {
  const { region, table, tableName, outputs } = account;
  const lambda = new LambdaClient(account.configOf());
  const FunctionName = outputs.BackfillFunctionName ?? '';
  const client: BackfillClient = {
    invoke: (payload) => invoke(lambda, FunctionName, payload),
    reports: reportStore(rowsIn(table, tableName)),
  };

  return {
    client,
    lambda,
    start: (payload: object) => startBackfill(client, payload),
    invokeLater: (payload: object) => invokeLater(lambda, FunctionName, payload),

    /** Resets the account, and moves the creation of the trail to the day before. */
    async reset(): Promise<void> {
      await account.reset();
      account.deliver({ drop: true, lambdaRetryMs: 10 });
      await configure();
      await age(24 * 60);
    },
    configure,
    age,

    /** Starts a backfill and returns its report. */
    async report(payload: object): Promise<BackfillReport> {
      const { report: key } = await startBackfill(client, payload);
      await account.settled();
      const found = await readReport(client, key);
      if (!found?.report) throw new Error(`no report: ${JSON.stringify(found)}`);
      return found.report;
    },

    /** The lookups so far. */
    lookups: () => account.calls.filter(({ operation }) => operation === 'LookupEvents'),

    /** The function's writes to the state table, after the given number of calls. */
    keptSince: (start: number) =>
      account.calls
        .slice(start)
        .filter(({ operation }) => operation === 'PutItem')
        .filter(({ principal }) => principal.includes(':assumed-role/')),

    /** The time of the newest call with this name, to the second, as in event history. */
    async timeOf(eventName: string, at = region): Promise<string> {
      const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: eventName }];
      const command = new LookupEventsCommand({ LookupAttributes, MaxResults: 1 });
      const { Events = [] } = await account.clientOf('auditor', at).send(command);
      return Events[0]?.EventTime?.toISOString() ?? `no ${eventName}`;
    },
  };

  /** Sets the function's timeout in seconds and its lookup rate. The function hands over in its last two minutes. */
  async function configure({ timeout = 900, lookupsPerSecond = 1000 } = {}): Promise<void> {
    const { Environment } = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName }),
    );
    const { TRAILKEEPER_CONFIG = '{}', ...others } = Environment?.Variables ?? {};
    const config = { ...JSON.parse(TRAILKEEPER_CONFIG), lookupsPerSecond };
    const Variables = { ...others, TRAILKEEPER_CONFIG: JSON.stringify(config) };
    await lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName,
        Timeout: timeout,
        Environment: { Variables },
      }),
    );
  }

  /** Moves everything so far into the past. */
  async function age(minutes: number): Promise<void> {
    await account.admin('event-history', { agedMs: minutes * minute });
  }
}

/** A window of two hours that ended an hour ago: event history is complete. */
export const closed = () => ({ from: ago(180), to: ago(60) });

/** Calls with one name on trails that are not protected. */
export const callsOnOtherTrails = (count: number) =>
  Array.from({ length: count }, () => ({
    eventID: randomUUID(),
    eventName: 'UpdateTrail',
    eventSource: 'cloudtrail.amazonaws.com',
    eventTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    awsRegion: 'us-east-1',
    recipientAccountId: '111122223333',
    userIdentity: { type: 'IAMUser', userName: 'bob' },
    requestParameters: { name: 'someone-elses', s3KeyPrefix: 'x' },
    responseElements: null,
  }));

export async function pause(): Promise<void> {
  await new Promise((resume) => setTimeout(resume, 20));
}
