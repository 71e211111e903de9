import { execFile } from 'node:child_process';
import { resolve as resolvePath } from 'node:path';
import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  LookupEventsCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import {
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, PurgeQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, inject, onTestFinished } from 'vitest';
import * as z from 'zod';
import { rowsIn } from '#aws/state-table.ts';
import { baselineStore } from '#baseline/baseline-store.ts';
import { kmsSigner } from '#baseline/signing/kms-signer.ts';
import { parsePublicKey } from '#baseline/signing/signature.ts';
import type { Signing } from '#baseline/signing/signer.ts';
import { kinds } from '#drift/index.ts';
import type { TrailReport } from '#incident/controller-deps.ts';
import type { Incident } from '#incident/incident.ts';
import type { TamperEvent } from '#incident/tamper-event.ts';
import { audit } from '#sandbox/audit.ts';
import { clientsOf } from '#sandbox/clients.ts';
import { perfectDelivery } from '#sandbox/delivery.ts';
import { publicPem } from '#sandbox/kms-signing.ts';
import { startSandbox } from '#sandbox/sandbox.ts';
import type { SandboxOptions } from '#sandbox/sandbox-options.ts';
import { home, ownKeyArn } from '#sandbox/seed.ts';
import type { SlackMessage } from '#sandbox/slack/workspace.ts';
import { jsonText } from '#text/json-text.ts';
import { later } from '#text/time.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { type Run, runCli } from './run-cli.ts';

export type Answer = {
  readonly result?: unknown;
  readonly error?: { readonly errorType: string; readonly errorMessage: string };
};
export type Notification = {
  readonly topicArn: string;
  readonly subject?: string;
  readonly message: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
};
export type { Run } from './run-cli.ts';
export type Account = Awaited<ReturnType<typeof newAccount>>;

/** The account of the tests of a file, or of a `describe`: it is there before their first hook, and stops after the last. */
export function testAccount(options: SandboxOptions = {}): Account {
  const account = {} as Account;
  beforeAll(async () => {
    Object.assign(account, await startAccount(options));
  });
  afterAll(() => account.stop());
  return account;
}

/**
 * A sandbox with trailkeeper deployed and a protected trail, and plain clients to change and inspect the account.
 * Trails accept more selectors than AWS documents, because an attacker may be able to use them. Events are dropped
 * unless a test enables delivery, and functions do not wait for lagging reads unless a test requests it. Each worker
 * starts one sandbox per mode and resets it for the next test file.
 */
export async function startAccount(options: SandboxOptions = {}): Promise<Account> {
  const { mode = 'enforce', ...rest } = options;
  if (Object.keys(rest).length > 0) return newAccount(options);
  const account = await (shared.get(mode) ?? newAccount({ mode }));
  shared.set(mode, account);
  await account.reset();
  account.recycle();
  account.deliver(noDelivery);
  return { ...account, stop: async () => {} };
}

const shared = new Map<string, Account>();

const noDelivery = { drop: true, dropStreams: true, lambdaRetryMs: 10 };

async function newAccount(options: SandboxOptions) {
  const { mode = 'enforce', deployment, restoresDependencies } = options;
  const cdkOut = inject('deployed')[mode];
  const sandbox = await startSandbox({
    cli,
    lenientSelectors: true,
    readLagMs: 0,
    readsPerSecond: 1000,
    ...(!deployment && !restoresDependencies && { cdkOut }),
    ...options,
  });
  sandbox.deliver(noDelivery);
  const { endpoint, region, trail } = sandbox;
  const configOf = (accessKeyId = 'mallory', at = region) => ({
    endpoint,
    region: at,
    credentials: { accessKeyId, secretAccessKey: 'any' },
  });
  const clientOf = (accessKeyId: string, at = region) =>
    new CloudTrailClient(configOf(accessKeyId, at));
  const outsider = clientOf('mallory');
  // An approver, so that a test can write any row.
  const table = DynamoDBDocumentClient.from(new DynamoDBClient(configOf(home.accountId)));
  const lambda = new LambdaClient(configOf());
  const kms = new KMSClient(configOf());
  const sqs = new SQSClient({ ...configOf(), useQueueUrlAsEndpoint: false });

  const asAlice = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'alice',
    AWS_SECRET_ACCESS_KEY: 'any',
  };

  /** Alice is an approver: the functions trust her signatures. */
  const signing: Signing = {
    trust: { keys: [parsePublicKey(publicPem(ownKeyArn))] },
    signer: kmsSigner(new KMSClient(configOf('alice')), ownKeyArn),
  };
  // A store caches the version in force, so each call creates a new one.
  const baselines = () => baselineStore(rowsIn(table, sandbox.table), kinds, signing);

  return {
    ...sandbox,
    outsider,
    signing,
    baselines,
    /** The configuration of an SDK client with an access key: by default that of Mallory, an administrator. */
    configOf,
    clientOf,
    clientsOf: (accessKeyId?: string) => clientsOf(endpoint, accessKeyId),
    table,
    kms,
    sqs,
    tableName: sandbox.table,
    perfectDelivery,
    run,
    /** Runs the CLI in this process as Alice, an approver. Runs are sequential. */
    trailkeeper: (args: readonly string[], variables?: Record<string, string>, cwd?: string) =>
      runCli(args, { ...asAlice, ...variables }, cwd),
    slack,
    auditTrail,
    auditEverywhere,
    addTrail,
    fiveMinutesPass,
    /** Sweeps five minutes after the last one, so that it reads everything, and gives each trail's report. */
    async swept(payload?: unknown): Promise<readonly TrailReport[]> {
      await fiveMinutesPass();
      const invocation = await sandbox.sweep(payload);
      if ('error' in invocation) throw new Error(JSON.stringify(invocation.error));
      return (invocation.result as { trails: TrailReport[] }).trails;
    },
    /** The calls by trailkeeper's role that change a trail, after the given number of calls. */
    writesSince: (start: number) =>
      sandbox.calls
        .slice(start)
        .filter(({ principal }) => principal.includes(':assumed-role/Trailkeeper-'))
        .filter(
          ({ service, operation }) =>
            ['cloudtrail', 'organizations'].includes(service) &&
            !/^(Get|List|Describe|Lookup)/.test(operation),
        ),
    /** The stored incidents of the protected trail, except known ones. */
    incidents: async (known: readonly Incident[] = []): Promise<readonly Incident[]> =>
      (await incidentsOf(trail)).filter(({ id }) => known.every((one) => one.id !== id)),
    incidentsOf,
    /** The records of event history in an account, newest first: of all calls, or of those of one name. */
    async recordsIn(accountId: string, eventName?: string, at = region) {
      const ofCall = { AttributeKey: 'EventName' as const, AttributeValue: eventName };
      const { Events = [] } = await clientOf(accountId, at).send(
        new LookupEventsCommand(eventName === undefined ? {} : { LookupAttributes: [ofCall] }),
      );
      return Events.map(({ CloudTrailEvent = 'null' }) => JSON.parse(CloudTrailEvent));
    },
    /** Overwrites version 1 of a trail and its copy with invalid rows. */
    async corruptBaseline(pk: string): Promise<void> {
      for (const key of [
        { pk, sk: 'baseline#000001' },
        { pk: 'incident#in-force', sk: pk },
      ]) {
        const Item = { ...key, document: '{}' };
        await table.send(new PutCommand({ TableName: sandbox.table, Item }));
      }
    },
    /** Invokes the Remediate function manually. */
    invoke: (payload: unknown) => invokeFunction(sandbox.outputs.RemediateFunctionName, payload),
    /**
     * Ends the processes of the functions that protect trails, so that the next ones have empty caches. `recycle`
     * clears the caches without ending processes.
     */
    async restartFunctions(): Promise<void> {
      const Description = `restarted ${new Date().toISOString()}`;
      for (const FunctionName of ['Trailkeeper-Sweep', 'Trailkeeper-Remediate']) {
        await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description }));
      }
    },
    /** Runs the self-check, as its schedule does. */
    selfCheck: () => invokeFunction(sandbox.outputs.SelfCheckFunctionName, {}),
    /** The messages published to topics, oldest first. */
    async notifications(): Promise<readonly Notification[]> {
      return (await fetch(`${endpoint}/_sandbox/notifications`)).json() as never;
    },
    /** Everything that Slack received except news of baselines, as text, once everything is delivered. */
    async alerts(): Promise<string> {
      await sandbox.settled();
      const news = (await slack()).filter(({ text }) => !text.includes('A change by an approver'));
      return JSON.stringify(news);
    },
    /** The stored tamper events about the state table. */
    async tamperings(): Promise<readonly TamperEvent[]> {
      const { Items = [] } = await table.send(
        new QueryCommand({
          TableName: sandbox.table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': 'incident#trailkeeper' },
        }),
      );
      return Items.map(({ tampering }) => JSON.parse(tampering) as TamperEvent).filter(
        ({ changes }) => changes !== undefined,
      );
    },
    /** A row of the state table. */
    async row(Key: Record<string, string>): Promise<Record<string, unknown> | undefined> {
      return (await table.send(new GetCommand({ TableName: sandbox.table, Key }))).Item;
    },
    /** The number of messages in the dead-letter queue, visible or not. */
    async deadLetterCount(): Promise<number> {
      const AttributeNames = ['All' as const];
      const query = { QueueUrl: sandbox.outputs.DeadLetterQueueUrl, AttributeNames };
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand(query));
      return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
    },
    emptyDeadLetters: () =>
      sqs.send(new PurgeQueueCommand({ QueueUrl: sandbox.outputs.DeadLetterQueueUrl })),
    /** Calls an admin endpoint of the sandbox. */
    admin: (what: string, body: object) =>
      fetch(`${endpoint}/_sandbox/${what}`, { method: 'POST', body: JSON.stringify(body) }),
    clearFaults: () => fetch(`${endpoint}/_sandbox/faults`, { method: 'DELETE' }),
    fault: (fault: object) =>
      fetch(`${endpoint}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(fault) }),
  };

  /** The messages posted to Slack, oldest first. */
  async function slack(): Promise<readonly SlackMessage[]> {
    return (await fetch(`${endpoint}/_sandbox/slack`)).json() as never;
  }

  async function invokeFunction(FunctionName = '', payload: unknown = {}): Promise<Answer> {
    const { FunctionError: failed, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
    );
    const answer = JSON.parse(Payload?.transformToString() ?? 'null');
    return failed === undefined ? { result: answer } : { error: answer };
  }

  /** Everything that an auditor can read of a trail, or the error name. */
  function auditTrail(arn = trail): Promise<unknown> {
    return audit(clientsOf(endpoint, 'auditor'), arn);
  }

  /** The trails in the other Region and in a member account. */
  async function auditEverywhere(): Promise<unknown> {
    const places = [clientOf('mallory', 'eu-central-1'), clientOf('222233334444')];
    return Promise.all(
      places
        .map((client) => client.send(new DescribeTrailsCommand()))
        .map(async (answer) => (await answer).trailList?.map(({ TrailARN }) => TrailARN)),
    );
  }

  /** Runs a script of the checkout as a process, as Alice, an approver. */
  function run(
    script: string,
    args: readonly string[] = [],
    variables: Record<string, string> = {},
    cwd = process.cwd(),
  ): Promise<Run> {
    const env = { ...process.env, ...asAlice, ...variables };
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [resolvePath(script), ...args],
        { env, cwd },
        (error, stdout, stderr) => {
          resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
        },
      );
    });
  }

  /** Retires a trail if it is protected. */
  async function retire(trail: string): Promise<void> {
    const { arn } = parseTrailArn(trail);
    const protectedTrail = await baselines().find(arn);
    if (protectedTrail === null) return;
    const at = new Date().toISOString();
    await baselines().retire(
      { schema: 1, trail: arn, retiredAt: at, retiredBy: 'test', reason: 'the test is over' },
      protectedTrail,
    );
  }

  /** The stored incidents of a trail. */
  async function incidentsOf(arn: string): Promise<Incident[]> {
    const { Items = [] } = await table.send(
      new QueryCommand({
        TableName: sandbox.table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': `incident#${arn}` },
      }),
    );
    return Items.filter(({ incident }) => incident !== undefined).map(
      ({ incident }) => JSON.parse(incident) as Incident,
    );
  }

  /** What was last read outside the trails is from five minutes ago. */
  async function fiveMinutesPass(): Promise<void> {
    const { Items = [] } = await table.send(
      new ScanCommand({
        TableName: sandbox.table,
        FilterExpression: 'sk = :sk',
        ExpressionAttributeValues: { ':sk': 'status' },
      }),
    );
    for (const row of Items) {
      const { data: status } = statusText.safeParse(row.status);
      const last = status?.outsideInSync ?? null;
      if (last === null) continue;
      const outsideInSync = { ...last, at: later(last.at, { minutes: -5 }) };
      const Item = { ...row, status: JSON.stringify({ ...status, outsideInSync }) };
      await table.send(new PutCommand({ TableName: sandbox.table, Item }));
    }
  }

  /** Creates another logging trail for one test. A Region has room for five. */
  async function addTrail(name: string): Promise<string> {
    const { TrailARN = '' } = await outsider.send(
      new CreateTrailCommand({ Name: name, S3BucketName: 'org-trail-logs' }),
    );
    onTestFinished(async () => {
      await retire(TrailARN);
      await outsider.send(new DeleteTrailCommand({ Name: TrailARN }));
    });
    await outsider.send(new StartLoggingCommand({ Name: TrailARN }));
    return TrailARN;
  }
}

/** An account for one test only. */
export async function ownAccount(options: SandboxOptions = {}): Promise<Account> {
  const account = await newAccount(options);
  onTestFinished(account.stop);
  return account;
}

/** A status row, which a test may have written anything into. */
const statusText = jsonText(
  z.looseObject({ outsideInSync: z.looseObject({ at: z.iso.datetime() }).nullable() }),
);

async function cli(args: readonly string[], variables: Readonly<Record<string, string>>) {
  const { code, stderr } = await runCli(args, variables);
  if (code !== 0) throw new Error(stderr);
}
