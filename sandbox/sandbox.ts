import { randomUUID } from 'node:crypto';
import { names } from '#aws/resource-names.ts';
import { signingSecret } from '#decisions/signing-secret.ts';
import type { Admin } from './admin.ts';
import { type Api, createApi } from './api.ts';
import { backgroundTasks } from './background.ts';
import { cloudformation, stackArn } from './cloudformation.ts';
import { cloudtrail } from './cloudtrail/operations.ts';
import { cloudwatch } from './cloudwatch.ts';
import { cloudwatchLogs } from './cloudwatch-logs.ts';
import { type Delivery, perfectDelivery } from './delivery.ts';
import { type DeployOptions, deploy } from './deploy.ts';
import { noDisruptions } from './disruptions.ts';
import { createDynamoDb, type Item } from './dynamodb.ts';
import { deployEventHistoryRoles } from './event-history-roles.ts';
import { eventBuses } from './events/bus.ts';
import { eventBridge } from './events/operations.ts';
import { iam } from './iam-roles.ts';
import { kms } from './kms.ts';
import { asyncInvoker } from './lambda/async-invoke.ts';
import type { Invocation } from './lambda/invocation.ts';
import { lambdaService } from './lambda/operations.ts';
import { createLambda } from './lambda/run.ts';
import { captureTrail, createTrail } from './org-trail.ts';
import { organizations } from './organizations/operations.ts';
import { sessionOf } from './principal.ts';
import { productSecrets } from './products/products.ts';
import { captureWithDependencies, restoredDependencies } from './restored-dependencies.ts';
import { s3 } from './s3/operations.ts';
import type { Sandbox, SandboxOptions } from './sandbox-options.ts';
import { scheduler } from './scheduler.ts';
import { schedules } from './schedules.ts';
import { secretsManager } from './secrets-manager.ts';
import { securityHub } from './security-hub.ts';
import { deployment, home, newWorld } from './seed.ts';
import { listen } from './server.ts';
import { ses } from './ses.ts';
import { slackSecrets } from './slack/slack.ts';
import { sns } from './sns.ts';
import { createSqs } from './sqs.ts';
import { ssm } from './ssm.ts';
import type { Resource, Stack } from './stack.ts';
import { overrideStatus } from './status-override.ts';
import { stepFunctions } from './stepfunctions/engine.ts';
import { stepFunctionsService } from './stepfunctions/operations.ts';
import { sts } from './sts.ts';
import { synthesize } from './synth.ts';
import { tableStreams } from './table-streams.ts';
import { deployTemplates } from './template.ts';
import type { FunctionState } from './world.ts';

/** An AWS emulator on this computer with trailkeeper deployed and one organization trail captured. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, mode = 'enforce', sweepEveryMs = null, isEmpty = false } = options;
  const restores = options.restoresDependencies ?? false;
  const config = {
    ...deployment,
    mode,
    ...(restores && restoredDependencies),
    ...options.deployment,
  };
  const cdkOut = isEmpty ? null : (options.cdkOut ?? (await synthesize(config)));
  const stacks = cdkOut === null ? [] : deployTemplates(cdkOut, home);
  const outputs = stacks.find(({ name }) => name === names.stack)?.outputs ?? {};
  const resources = (type: string): readonly Resource[] =>
    stacks.flatMap((stack) => stack.resources.filter((resource) => resource.type === type));

  const world = { ...newWorld(), lenientSelectors: options.lenientSelectors ?? false };
  for (const stack of stacks) {
    deploy(stack, world);
    world.stacks.set(stackArn(stack.place, stack.name), stack);
  }
  if (!isEmpty) deployEventHistoryRoles(world);
  for (const [arn, secret] of world.secrets) {
    const kind = secret.name === signingSecret.name ? 'signing' : (options.slack ?? 'bot');
    world.secrets.set(arn, { ...secret, value: productSecrets[secret.name] ?? slackSecrets[kind] });
  }
  // In an empty sandbox the schedules are deployed later.
  const asDeployed = isEmpty ? world.schedules : new Map(world.schedules);

  const dynamodb = createDynamoDb();
  const sqs = createSqs();
  const lambda = createLambda(world, variablesOf);
  let delivery = perfectDelivery;
  const invokeAsync = asyncInvoker({ world, lambda, sqs, delivery: () => delivery });
  const background = backgroundTasks();
  const plans = schedules({ world, lambda, sqs, background, invokeAsync, asDeployed });
  const secondMs = () => delivery.workflowSecondMs;
  const executions = stepFunctions({ world, lambda, background, secondMs });
  const streams = tableStreams({ world, lambda, sqs, delivery: () => delivery });
  const buses = eventBuses({ world, sqs, delivery: () => delivery, invokeAsync });
  const services = {
    cloudformation: cloudformation(deployResources),
    cloudtrail,
    dynamodb: dynamodb.service,
    events: eventBridge(buses.put),
    iam,
    kms,
    lambda: lambdaService(lambda, (...invoke) => background.add(invokeAsync(...invoke))),
    logs: cloudwatchLogs,
    monitoring: cloudwatch(lambda.invocations),
    organizations,
    s3,
    scheduler,
    secretsmanager: secretsManager,
    securityhub: securityHub,
    ses,
    sns,
    sqs: sqs.service,
    ssm,
    states: stepFunctionsService(executions),
    sts: sts((principal, expiration) => api.addSession(principal, expiration)),
  };
  const api: Api = createApi(services, world);
  const admin: Omit<Admin, 'api'> = {
    world,
    lambda,
    invocations: lambda.invocations,
    sweep,
    selfCheck: () => plans.startNow('Trailkeeper-SelfCheck'),
    crash: lambda.crash,
    deliver,
    overrideStatus: (override) => overrideStatus(world, override),
    reset,
  };
  const server = await listen(port, api, admin).catch(async (error: unknown) => {
    await lambda.stop();
    throw error;
  });

  for (const table of resources('AWS::DynamoDB::Table')) await dynamodb.createTable(table);
  for (const queue of resources('AWS::SQS::Queue')) sqs.createQueue(queue);

  const table = outputs.StateTableName ?? '';
  const trail = await createTrail(server.endpoint);
  if (restores) await captureWithDependencies(server.endpoint, trail, config, options.cli);
  else if (!isEmpty) await captureTrail(server.endpoint, trail, options.cli);
  // Reads that lag must not show a state from before the sandbox started.
  const asStarted = structuredClone({ ...world, earlierTrails: [] });
  const restoreTables = await dynamodb.remember();

  api.onRecord = buses.record;
  dynamodb.onChange = streams.record;
  const ticking = sweepEveryMs === null ? null : plans.tick(sweepEveryMs);
  api.onCall = options.onCall ?? null;
  api.beforeCall = options.beforeCall ?? null;

  return {
    endpoint: server.endpoint,
    account: home.accountId,
    region: home.region,
    trail,
    table,
    outputs,
    calls: api.calls,
    invocations: lambda.invocations,
    sweep,
    lightCheck: () => plans.lightCheck(),
    selfCheck: () => plans.startNow('Trailkeeper-SelfCheck'),
    notifications: () => world.notifications,
    slack: () => world.slack.messages,
    deliver,
    settled,
    reset,
    recycle: lambda.recycle,
    async stop() {
      ticking?.stop();
      executions.stopAll();
      await Promise.all([lambda.stop(), server.stop()]);
    },
  };

  /** Deploys a stack that a caller sends to CloudFormation. The function code comes from the asset bucket. */
  async function deployResources(
    stack: Stack,
    before: Stack | null,
    options: DeployOptions,
  ): Promise<void> {
    const isNew = ({ arn }: Resource) => before?.resources.every((one) => one.arn !== arn) ?? true;
    const ready = stack.resources.map((resource) => {
      const { S3Bucket, S3Key } = resource.properties.Code ?? {};
      const zip = world.objects.get(`${S3Bucket}/${S3Key}`);
      return zip === undefined ? resource : { ...resource, asset: lambda.upload(zip) };
    });
    deploy({ ...stack, resources: ready }, world, before, options);
    for (const resource of ready.filter(isNew)) {
      if (resource.type === 'AWS::DynamoDB::Table') await dynamodb.createTable(resource, options);
      if (resource.type === 'AWS::SQS::Queue') sqs.createQueue(resource);
    }
  }

  /** A delivered event can invoke a function, and a function can send events. */
  async function settled(): Promise<void> {
    do {
      await background.settled();
      await streams.settled();
      await buses.settled();
    } while (background.isBusy() || streams.isBusy());
  }

  function deliver(patch: Partial<Delivery>): Delivery {
    delivery = { ...delivery, ...patch };
    if (!delivery.paused) buses.resume();
    return delivery;
  }

  async function reset(): Promise<void> {
    Object.assign(api.disruptions, noDisruptions());
    deliver({ paused: false });
    executions.stopAll();
    await settled();
    delivery = perfectDelivery;
    Object.assign(world, structuredClone(asStarted));
    const isOfBaseline = ({ sk }: Item) => /^baseline#/.test((sk as { readonly S: string }).S);
    const changed = await restoreTables();
    await lambda.endUnused();
    // Functions remember the version in force, which would be newer than the one in the table now.
    if (changed.some(isOfBaseline)) lambda.recycle();
    sqs.purge();
    api.calls.length = 0;
    lambda.invocations.length = 0;
  }

  function sweep(payload?: unknown): Promise<Invocation> {
    return plans.startNow('Trailkeeper-Sweep', payload);
  }

  function variablesOf({ name, place, configuration }: FunctionState): Record<string, string> {
    const key = `ASIA${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`;
    api.addSession(sessionOf(configuration.Role, name, key));
    return {
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_REGION: place.region,
      AWS_ACCESS_KEY_ID: key,
      AWS_SECRET_ACCESS_KEY: 'sandbox',
      AWS_SESSION_TOKEN: 'sandbox',
      CHANNEL_ENDPOINT_URL: server.endpoint,
      ...(options.readLagMs !== undefined && {
        TRAILKEEPER_READ_LAG_MS: String(options.readLagMs),
      }),
      ...(options.readsPerSecond !== undefined && {
        TRAILKEEPER_READS_PER_SECOND: String(options.readsPerSecond),
      }),
    };
  }
}
