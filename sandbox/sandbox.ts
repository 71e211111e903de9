import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Admin } from './admin.ts';
import { type CallRecord, createApi } from './api.ts';
import { asyncInvoker } from './async-invoke.ts';
import { cloudtrail } from './cloudtrail/operations.ts';
import { cloudwatchLogs } from './cloudwatch-logs.ts';
import { type Delivery, perfectDelivery } from './delivery.ts';
import { startDynamoDb } from './dynamodb.ts';
import { eventBus } from './event-bus.ts';
import { eventBridgeTest } from './event-pattern.ts';
import { authorize, rolesOf } from './iam.ts';
import { kms } from './kms.ts';
import { createLambda, type Invocation } from './lambda.ts';
import { organizations } from './organizations/operations.ts';
import { sessionOf } from './principal.ts';
import { s3 } from './s3.ts';
import { captureTrail, createTrail, home, newWorld } from './seed.ts';
import { listen } from './server.ts';
import { sns } from './sns.ts';
import { createSqs } from './sqs.ts';
import { overrideStatus } from './status-override.ts';
import { sts } from './sts.ts';
import { synthesize } from './synth.ts';
import { deployTemplates, type Resource } from './template.ts';
import { noTrouble } from './trouble.ts';

export type SandboxOptions = {
  /** 0 is any free port. */
  readonly port?: number;
  readonly mode?: 'observe' | 'enforce';
  /** Time between two sweeps; null: only when asked. */
  readonly sweepEveryMs?: number | null;
  /** An app that is synthesised already; it is left where it is. */
  readonly cdkOut?: string;
  /** Told every API call from the moment the sandbox is up. */
  readonly onCall?: (call: CallRecord) => void;
};

export type Sandbox = {
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  readonly trail: string;
  readonly table: string;
  /** The outputs of the deployed stack. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly calls: readonly CallRecord[];
  readonly invocations: readonly Invocation[];
  /** Fires the schedule now, with its own payload unless another one is given. */
  sweep(payload?: unknown): Promise<Invocation>;
  /** Changes how events travel from now on; what is left out stays as it is. */
  deliver(patch: Partial<Delivery>): Delivery;
  /** Waits until every event so far has been carried out or given up. */
  settled(): Promise<void>;
  /** Waits until it is settled, then makes everything as it was when the sandbox had started. */
  reset(): Promise<void>;
  stop(): Promise<void>;
};

/** An AWS on this computer with trailkeeper deployed into it and one organization trail captured. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, mode = 'enforce', sweepEveryMs = null } = options;
  const cdkOut = options.cdkOut ?? (await synthesize({ mode }));
  const [stack] = deployTemplates(cdkOut, home);
  if (stack === undefined) throw new Error(`${cdkOut} holds no stack`);
  const resources = (type: string): readonly Resource[] =>
    stack.resources.filter((resource) => resource.type === type);

  const roles = rolesOf(stack);
  const dynamodb = await startDynamoDb();
  const lambda = createLambda();
  const sqs = createSqs();
  let delivery = perfectDelivery;
  const services = {
    cloudtrail,
    dynamodb: dynamodb.service,
    kms,
    events: eventBridgeTest,
    lambda: lambda.service,
    logs: cloudwatchLogs,
    organizations,
    s3,
    sns,
    sqs: sqs.service,
    sts,
  };
  const world = newWorld();
  const api = createApi(services, world, roles);
  const admin: Omit<Admin, 'api'> = {
    invocations: lambda.invocations,
    sweep,
    deliver,
    overrideStatus: (override) => overrideStatus(world, override),
    reset,
  };
  const server = await listen(port, api, admin).catch(async (error: unknown) => {
    await Promise.all([dynamodb.stop(), discard()]);
    throw error;
  });

  for (const table of resources('AWS::DynamoDB::GlobalTable')) await dynamodb.createTable(table);
  for (const queue of resources('AWS::SQS::Queue')) sqs.createQueue(queue);
  for (const resource of resources('AWS::Lambda::Function')) {
    const key = `ASIA${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`;
    const session = sessionOf(resource.properties.Role, resource.name, key);
    api.addSession(session);
    lambda.createFunction(resource, {
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_REGION: home.region,
      AWS_ACCESS_KEY_ID: session.accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'sandbox',
      AWS_SESSION_TOKEN: 'sandbox',
    });
  }

  const table = stack.outputs.StateTableName ?? '';
  const trail = await createTrail(server.endpoint);
  await captureTrail(server.endpoint, trail, table);
  const asStarted = structuredClone(world);
  const restoreTables = await dynamodb.remember();

  const invokeAsync = asyncInvoker(stack, { lambda, sqs, roles, delivery: () => delivery });
  const bus = eventBus({ stack, home, world, sqs, delivery: () => delivery, invokeAsync });
  api.onRecord = bus.send;
  const sweeping = repeat(() => fire(invokeAsync), sweepEveryMs);
  api.onCall = options.onCall ?? null;

  return {
    endpoint: server.endpoint,
    account: home.accountId,
    region: home.region,
    trail,
    table,
    outputs: stack.outputs,
    calls: api.calls,
    invocations: lambda.invocations,
    sweep,
    deliver,
    settled: bus.settled,
    reset,
    async stop() {
      sweeping.stop();
      await Promise.all([lambda.stop(), server.stop(), dynamodb.stop()]);
      await discard();
    },
  };

  async function discard(): Promise<void> {
    if (options.cdkOut === undefined) await rm(cdkOut, { recursive: true });
  }

  function deliver(patch: Partial<Delivery>): Delivery {
    delivery = { ...delivery, ...patch };
    return delivery;
  }

  async function reset(): Promise<void> {
    Object.assign(api.trouble, noTrouble());
    await bus.settled();
    delivery = perfectDelivery;
    Object.assign(world, structuredClone(asStarted));
    await restoreTables();
    sqs.purge();
    api.calls.length = 0;
    lambda.invocations.length = 0;
  }

  function sweep(payload?: unknown): Promise<Invocation> {
    return fire(lambda.invoke, payload);
  }

  /** Starts the schedule's target with the rights of the schedule's role. */
  async function fire<Result>(
    invoke: (functionArn: string, payload: unknown) => Promise<Result>,
    payload?: unknown,
  ): Promise<Result> {
    const [schedule] = resources('AWS::Scheduler::Schedule');
    if (schedule === undefined) throw new Error(`${stack?.name} has no schedule`);
    const { Arn, Input = '{}', RoleArn } = schedule.properties.Target;
    const scheduler = sessionOf(RoleArn, 'scheduler', 'scheduler');
    await authorize(roles, scheduler, [{ action: 'lambda:InvokeFunction', resource: Arn }]);
    return invoke(Arn, payload ?? JSON.parse(Input));
  }
}

/** Does a task again and again, the given time after it ended. */
function repeat(task: () => Promise<unknown>, everyMs: number | null): { stop(): void } {
  let stopped = everyMs === null;
  let timer: NodeJS.Timeout | undefined;
  const again = () => {
    if (!stopped)
      timer = setTimeout(() => task().catch(console.error).finally(again), everyMs ?? 0);
  };
  again();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
