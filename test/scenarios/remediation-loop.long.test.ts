import { Logger } from '@aws-lambda-powertools/logger';
import {
  CreateTrailCommand,
  GetTrailCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BusEvent } from '#aws/event-bus.ts';
import { rowsIn } from '#aws/state-table.ts';
import { kinds } from '#drift/index.ts';
import type { ControllerDeps } from '#incident/controller-deps.ts';
import type { Incident } from '#incident/incident.ts';
import { incidentLog } from '#incident/incident-records.ts';
import { reconcileTrails } from '#incident/reconcile-trails.ts';
import { statusStore } from '#incident/trail-status-store.ts';
import { windowStore } from '#reconcile/maintenance-window-store.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { parseApiCall } from '#trail/api-call.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { type Account, startAccount } from '../support/account.ts';
import { capturedBaseline } from '../support/captured-baseline.ts';
import { inProcess } from '../support/in-process.ts';
import { unsigned } from '../support/signers.ts';

// Two controllers that revert each other for an hour of simulated time: Terraform, and trailkeeper with the sandbox's
// CloudTrail and the deployed state table.

let table: Account;
beforeAll(async () => {
  table = await startAccount();
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-22T10:00:00Z') });
});
afterAll(async () => {
  vi.useRealTimers();
  await table.stop();
});

const rules = {
  remindEvery: 6,
  flappingAfter: 5,
  maxWindowHours: 4,
  repairsBeforeBackoff: 3,
  approval: { minutes: 60, otherwise: 'restore' } as const,
};
const hour = 3600;

let loops = 0;

/** A protected trail that Terraform changes, and a clock that only tests advance. */
async function loopingAccount() {
  loops += 1;
  const { calls, clientsOf } = inProcess();
  const [terraform, aws] = ['terraform', 'trailkeeper'].map(clientsOf);
  if (!(terraform && aws)) throw new Error('no clients');
  const Name = `trail-${loops}`;
  const { TrailARN = '' } = await terraform.cloudtrail.send(
    new CreateTrailCommand({ Name, S3BucketName: 'org-trail-logs', S3KeyPrefix: 'cloudtrail' }),
  );
  await terraform.cloudtrail.send(new StartLoggingCommand({ Name }));

  const now = () => new Date();
  const trail = parseTrailArn(TrailARN);
  const baseline = await capturedBaseline(aws, trail, now());
  const said: BusEvent[] = [];
  const bus = {
    async put(events: readonly BusEvent[]) {
      said.push(...events);
      return new Map();
    },
  };
  const logger = new Logger({ logLevel: 'SILENT' });
  let ids = 0;
  const controller: ControllerDeps = {
    kinds,
    awsOf: () => aws,
    mode: 'enforce',
    organization: 'o-a1b2c3d4e5',
    logger,
    statuses: statusStore({ rows: rowsIn(table.table, table.tableName), bus, logger }),
    windows: windowStore(rowsIn(table.table, table.tableName), kinds, unsigned),
    rules,
    requests: [],
    checks: new Map(),
    readsPerSecond: 10,
    readLagMs,
    now,
    async sleep(ms) {
      vi.setSystemTime(Date.now() + ms);
    },
    newId() {
      ids += 1;
      return `look-${ids}`;
    },
  };
  const protectedTrails = [{ trail: trail.arn, faults: [], signedBy: null, baseline }];

  return {
    said,
    trail: TrailARN,
    terraform: terraform.cloudtrail,
    pass: (seconds: number) => {
      vi.setSystemTime(Date.now() + seconds * 1000);
    },
    writes: () =>
      calls.filter(
        ({ principal, operation }) =>
          principal.endsWith('/trailkeeper') && !/^(Get|List|Head)/.test(operation),
      ),
    settings: async () => (await terraform.cloudtrail.send(new GetTrailCommand({ Name }))).Trail,
    async incidents(): Promise<readonly Incident[]> {
      const entries = await incidentLog(rowsIn(table.table, table.tableName), TrailARN);
      return entries.flatMap((entry) => ('incident' in entry ? [entry.incident] : []));
    },
    sweep: () => reconcileTrails(protectedTrails, { call: null, record: null }, controller),
    /** Delivers the event of a call by Terraform. */
    deliverEvent(eventName: string) {
      ids += 1;
      const record = {
        eventID: `7c5a1b9e-2f0d-4a34-9c3f-${String(ids).padStart(12, '0')}`,
        eventTime: now()
          .toISOString()
          .replace(/\.\d+Z$/, 'Z'),
        userIdentity: { type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/ci/run' },
      };
      const call = parseApiCall(record, { eventName, awsRegion: trail.region });
      return reconcileTrails(protectedTrails, { call, record: null }, controller);
    },
  };
}

describe('if Terraform removes the prefix every ten seconds for an hour', () => {
  let field: Awaited<ReturnType<typeof loopingAccount>>;
  const afterSweeps: (string | undefined)[] = [];

  beforeAll(async () => {
    field = await loopingAccount();
    for (let second = 0; second < hour; second += 10) {
      field.pass(10);
      const undo = { Name: field.trail, S3KeyPrefix: '' };
      await field.terraform.send(new UpdateTrailCommand(undo));
      await field.deliverEvent('UpdateTrail');
      if (second % 60 !== 50) continue;
      await field.sweep();
      afterSweeps.push((await field.settings())?.S3KeyPrefix);
    }
  });

  test('the trail is in sync after every sweep', () => {
    expect(afterSweeps).toEqual(Array.from({ length: 60 }, () => 'cloudtrail'));
  });

  test('it is restored at once a few times, and then by sweeps', () => {
    expect(field.writes().length).toBeLessThanOrEqual(
      rules.repairsBeforeBackoff + afterSweeps.length,
    );
  });

  test('it is one incident that reports the loop', async () => {
    expect(await field.incidents()).toMatchObject([
      { flapping: true, closedAt: null, cause: { eventName: 'UpdateTrail' } },
    ]);
  });

  test('the incident closes when the changes end, and a later event is handled at once', async () => {
    field.pass(1200);
    await field.sweep();
    expect(await field.incidents()).toMatchObject([
      { flapping: true, state: 'restored', closedAt: expect.any(String) },
    ]);

    await field.terraform.send(new UpdateTrailCommand({ Name: field.trail, S3KeyPrefix: 'x' }));
    await field.deliverEvent('UpdateTrail');
    expect(await field.settings()).toMatchObject({ S3KeyPrefix: 'cloudtrail' });
    expect(await field.incidents()).toMatchObject([{ flapping: true }, { flapping: false }]);
  });
});

describe('if someone stops logging every ten seconds for half an hour', () => {
  let field: Awaited<ReturnType<typeof loopingAccount>>;
  const stops = 180;
  const wasLogging: boolean[] = [];

  beforeAll(async () => {
    field = await loopingAccount();
    for (let i = 0; i < stops; i += 1) {
      field.pass(10);
      await field.terraform.send(new StopLoggingCommand({ Name: field.trail }));
      const [report] = await field.deliverEvent('StopLogging');
      wasLogging.push(report?.verdict === 'restored');
    }
  });

  test('it is restored each time, at once, by one call', () => {
    expect(wasLogging).not.toContain(false);
    expect(field.writes().map(({ operation }) => operation)).toEqual(
      Array.from({ length: stops }, () => 'StartLogging'),
    );
  });

  test('it is one incident that counts the repairs and reports the loop', async () => {
    expect(await field.incidents()).toMatchObject([
      { flapping: true, episodeCount: stops, callCount: stops, severity: 'critical' },
    ]);
  });
});

describe('in a maintenance window', () => {
  let field: Awaited<ReturnType<typeof loopingAccount>>;
  beforeEach(async () => {
    field = await loopingAccount();
    await windowStore(rowsIn(table.table, table.tableName), kinds, unsigned).add({
      schema: 1,
      id: 'move',
      trail: parseTrailArn(field.trail).arn,
      kinds: ['settings'],
      from: new Date().toISOString(),
      until: '2026-12-24T10:00:00Z',
      by: 'alice',
      reason: 'we move the bucket',
    });
    field.pass(60);
    await field.sweep();
    await field.terraform.send(new UpdateTrailCommand({ Name: field.trail, S3KeyPrefix: 'new' }));
    await field.deliverEvent('UpdateTrail');
  });

  test('drift of its kinds is an incident and is not restored', async () => {
    await field.sweep();

    expect(await field.settings()).toMatchObject({ S3KeyPrefix: 'new' });
    expect(field.said.map(({ event }) => event)).toEqual([
      'Maintenance Window Changed',
      'Trail Restore Deferred',
    ]);
  });

  test('logging is restored', async () => {
    await field.terraform.send(new StopLoggingCommand({ Name: field.trail }));
    await field.deliverEvent('StopLogging');

    expect(field.writes().map(({ operation }) => operation)).toEqual(['StartLogging']);
  });

  test('drift is restored after the configured maximum of the window', async () => {
    field.pass(rules.maxWindowHours * hour - 120);
    await field.sweep();
    expect(await field.settings()).toMatchObject({ S3KeyPrefix: 'new' });

    field.pass(120);
    await field.sweep();
    expect(await field.settings()).toMatchObject({ S3KeyPrefix: 'cloudtrail' });
    const events = field.said.map(({ event }) => event);
    expect(events.slice(2).toSorted()).toEqual(
      ['Maintenance Window Changed', 'Trail Restored'].toSorted(),
    );
  });
});
