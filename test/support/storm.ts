import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import {
  CreateTrailCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { rowsIn } from '#aws/state-table.ts';
import { baselineStore } from '#baseline/baseline-store.ts';
import { kinds } from '#drift/index.ts';
import type { ControllerDeps } from '#incident/controller-deps.ts';
import type { Incident } from '#incident/incident.ts';
import { incidentLog } from '#incident/incident-records.ts';
import { type EventDeps, reconcileEvent } from '#incident/reconcile-event.ts';
import { statusStore } from '#incident/trail-status-store.ts';
import { windowStore } from '#reconcile/maintenance-window-store.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { envelopeOf } from '#sandbox/cloudtrail/record.ts';
import type { CloudTrailRecord } from '#sandbox/cloudtrail/record-type.ts';
import { createDynamoDb } from '#sandbox/dynamodb.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { capturedBaseline } from './captured-baseline.ts';
import { inProcess } from './in-process.ts';
import { unsigned } from './signers.ts';

/** A flood of events about a trail, and one call in it that stops the trail. Times are in milliseconds after the flood began. */
export type Storm = {
  readonly events: number;
  /** How long the flood lasts. */
  readonly lastsMs: number;
  /** The record of each call of the flood, given one that names the trail. */
  readonly flood: (record: CloudTrailRecord, i: number) => CloudTrailRecord;
  readonly stoppedAt: number;
  /** How many processes handle the events. */
  readonly processes: number;
  /** How long events take to arrive. */
  readonly delayMs: number;
  /** How long reads miss a write. */
  readonly lagMs: number;
};

const callMs = 20;
const table = 'state';

/** Plays a storm on a simulated clock, which advances with each API call and each pause of trailkeeper. */
export async function play(storm: Storm) {
  let time = Date.parse('2026-11-22T10:00:00Z');
  let stop: { readonly at: number; readonly call: () => Promise<unknown> } | null = null;
  const now = () => new Date(time);
  async function advance(ms: number): Promise<void> {
    time += ms;
    if (stop === null || stop.at > time) return;
    const { call } = stop;
    stop = null;
    await call();
  }
  const dynamodb = createDynamoDb();
  const { world, calls, disruptions, configOf, clientsOf } = inProcess(
    now,
    (caller) => (caller === 'trailkeeper' ? advance(callMs) : Promise.resolve()),
    { dynamodb: dynamodb.service },
  );
  const [owner, mallory, aws] = [
    clientsOf('owner'),
    clientsOf('mallory'),
    clientsOf('trailkeeper'),
  ];
  const tableClient = new DynamoDBClient(configOf('owner'));
  await tableClient.send(new CreateTableCommand({ TableName: table, ...keys }));
  await waitUntilTableExists(
    { client: tableClient, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 },
    { TableName: table },
  );
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(configOf('trailkeeper')), {
    unmarshallOptions: { wrapNumbers: true },
  });

  const { TrailARN = '' } = await owner.cloudtrail.send(
    new CreateTrailCommand({ Name: 'org-trail', S3BucketName: 'org-trail-logs' }),
  );
  await owner.cloudtrail.send(new StartLoggingCommand({ Name: TrailARN }));
  const template = world.history.at(-1) as CloudTrailRecord;
  const trail = parseTrailArn(TrailARN);
  const { version: _, previous: __, ...captured } = await capturedBaseline(owner, trail, now());
  await baselineStore(rowsIn(client, table), kinds, unsigned).add(captured, null);
  await advance(60_000);
  disruptions.consistency = { lagMs: storm.lagMs, operation: '*' };

  const began = time;
  const stoppedAt = began + storm.stoppedAt;
  stop = {
    at: stoppedAt,
    call: () => mallory.cloudtrail.send(new StopLoggingCommand({ Name: TrailARN })),
  };
  const first = calls.length;
  const processes = Array.from({ length: storm.processes }, newProcess);
  const recordAt = (at: number): CloudTrailRecord => ({
    ...template,
    ...{ eventID: randomUUID(), requestID: randomUUID() },
    eventTime: new Date(at).toISOString().replace(/\.\d+/, ''),
  });
  const events = Array.from({ length: storm.events }, (_, i) => {
    const at = began + (i * storm.lastsMs) / storm.events;
    return { at, record: () => storm.flood(recordAt(at), i) };
  });
  const harmful = { at: stoppedAt, record: () => recordOf('StopLogging') };
  const arriving = [...events, harmful].toSorted((one, other) => one.at - other.at);
  for (const [i, { at, record }] of arriving.entries()) {
    await advance(Math.max(0, at + storm.delayMs - time));
    await reconcileEvent(envelopeOf(record()), processes[i % processes.length] as EventDeps);
  }

  const made = calls.slice(first).filter(({ principal }) => principal.endsWith('/trailkeeper'));
  const isRead = (operation: string) => /^(Get|List|Head|Describe|Query)/.test(operation);
  const restored = made.find(({ operation }) => operation === 'StartLogging');
  disruptions.consistency = { lagMs: 0, operation: '*' };
  return {
    seconds: (time - began) / 1000,
    reads: made.filter(({ operation }) => isRead(operation)).length,
    writes: made.filter(({ operation }) => !isRead(operation)).length,
    /** Seconds from the call that stopped the trail to the one that restored it. */
    restoredAfter: (Date.parse(restored?.at ?? '') - stoppedAt) / 1000,
    logging: await kinds.find(({ name }) => name === 'logging')?.observe(owner, trail, now(), {}),
    incidents: await incidents(),
  };

  function recordOf(eventName: string): CloudTrailRecord {
    return world.history.findLast((one) => one.eventName === eventName) as CloudTrailRecord;
  }

  async function incidents(): Promise<readonly Incident[]> {
    const log = await incidentLog(rowsIn(client, table), trail.arn);
    return log.flatMap((entry) => ('incident' in entry ? [entry.incident] : []));
  }

  /** A process with its own memory. */
  function newProcess(): EventDeps {
    const logger = new Logger({ logLevel: 'SILENT' });
    const bus = { put: async () => new Map() };
    const controller: ControllerDeps = {
      readsPerSecond: 10,
      ...{
        kinds,
        mode: 'enforce',
        organization: null,
        logger,
        readLagMs,
        now,
        requests: [],
        checks: new Map(),
      },
      awsOf: () => aws,
      statuses: statusStore({ rows: rowsIn(client, table), bus, logger }),
      windows: windowStore(rowsIn(client, table), kinds, unsigned),
      rules: {
        remindEvery: 6,
        flappingAfter: 10,
        maxWindowHours: 24,
        repairsBeforeBackoff: 5,
        approval: { minutes: 60, otherwise: 'restore' },
      },
      sleep: advance,
      newId: randomUUID,
    };
    const baselines = baselineStore(rowsIn(client, table), kinds, unsigned);
    return {
      baselines,
      controller,
      ownRoles: ['arn:aws:iam::111122223333:role/Trailkeeper-Reconcile'],
    };
  }
}

const keys: Omit<CreateTableCommandInput, 'TableName'> = {
  AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S',
  })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
};
