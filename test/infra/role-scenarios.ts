import { randomUUID } from 'node:crypto';
import {
  AddTagsCommand,
  CreateTrailCommand,
  DeleteTrailCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  DisableRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
} from '@aws-sdk/client-eventbridge';
import { DeleteServiceLinkedRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { rowsIn } from '#aws/state-table.ts';
import { kinds } from '#drift/index.ts';
import { incidentEvents, incidentSk } from '#incident/incident.ts';
import { windowStore } from '#reconcile/maintenance-window-store.ts';
import { watchRoot } from '#sandbox/alarm-attacks.ts';
import { attacks } from '#sandbox/attacks.ts';
import type { Clients } from '#sandbox/clients.ts';
import { bucketPolicyForCloudTrail } from '#sandbox/policy.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { type Account, startAccount } from '../support/account.ts';
import { ago, backfillsOf } from '../support/backfill.ts';
import { incident } from '../support/incident.ts';
import { recoveryAccount } from '../support/recovery-account.ts';
import { takeAway as takeAwayFrom } from '../support/role-permissions.ts';
import { announcement, stackUpdateEvent } from '../support/stack-update.ts';

/** The account that the scenarios play in, as it was at the start before each test. */
export let account: Account;
let asCaptured: string;

export function eachInOneAccount(): void {
  beforeAll(async () => {
    account = await startAccount();
    asCaptured = JSON.stringify(await account.auditTrail());
  });
  beforeEach(async () => {
    await account.reset();
    // Removing a permission is an event itself. It must not make a scenario fail.
    account.deliver({ drop: true, lambdaRetryMs: 10 });
  });
  afterAll(() => account.stop());
}

/** What each role makes possible: its scenarios succeed only if it has all its permissions. */
export const scenarios: Readonly<Record<string, readonly (() => Promise<boolean>)[]>> = {
  'Trailkeeper-Reconcile': [
    areAttacksUndone,
    isKeptWhatRemediateFailed,
    isPastReported,
    isOwnBucketRead,
    areAlarmsRead,
  ],
  'Trailkeeper-SelfCheck': [isTamperingReported, isAnnouncedDeploymentQuiet, isKeptWhatWatchFailed],
  'Trailkeeper-Schedule': [isSwept, isKeptWhatCouldNotStart],
  'Trailkeeper-Alert': [arePeopleReported],
  'Trailkeeper-Audit': [isWritingReported, isIncidentOfRetiredTrailClosed, isKeptWhatChangesFailed],
  'Trailkeeper-Forward-us-east-1': [isEventForwarded],
  'Trailkeeper-Recover': [areEventsRecovered],
  'Trailkeeper-Recovery': [areEventsRecovered],
};

/** Plays the scenarios of a role until one fails; returns its name. */
export async function failureOf(role: string): Promise<string | null> {
  for (const scenario of scenarios[role] ?? []) {
    if (!(await scenario())) return scenario.name;
  }
  return null;
}

/** Removes one action from a role. */
export const takeAway = (role: string, action: string): Promise<void> =>
  takeAwayFrom(new IAMClient(account.configOf()), role, action);

/** Whether, after attacks that need every repair, the trail is as it was and known to be, and the incident lists each. */
async function areAttacksUndone(): Promise<boolean> {
  const { trail } = account;
  const another = [{ Key: 'team', Value: 'mallory' }];
  const made = [
    ...attacks.filter(({ id }) => ['A1', 'A2', 'A9', 'A18', 'A19', 'F1'].includes(id)),
    {
      call: ({ cloudtrail }: Clients) =>
        cloudtrail.send(new AddTagsCommand({ ResourceId: trail, TagsList: another })),
    },
    {
      call: async ({ cloudtrail, iam }: Clients) => {
        const RoleName = 'AWSServiceRoleForCloudTrail';
        await cloudtrail.send(new DeleteTrailCommand({ Name: trail }));
        await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }));
      },
    },
  ];
  for (const { call } of made) {
    await call(account.clientsOf(), trail);
    await account.fiveMinutesPass();
    await account.sweep();
    if (JSON.stringify(await account.auditTrail()) !== asCaptured) return false;
  }
  const invocation = await account.sweep();
  if (!JSON.stringify(invocation).includes('"verdict":"in-sync"')) return false;
  const [incident] = await account.incidents();
  return (incident?.episodeCount ?? 0) >= made.length;
}

/** Whether a sweep reads all that a capture read of a bucket in this account. */
async function isOwnBucketRead(): Promise<boolean> {
  const { s3, cloudtrail } = account.clientsOf('111122223333');
  const Bucket = 'our-logs';
  await s3.send(new CreateBucketCommand({ Bucket }));
  const Policy = bucketPolicyForCloudTrail(Bucket);
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const { TrailARN: trail = '' } = await cloudtrail.send(
    new CreateTrailCommand({ Name: 'our-trail', S3BucketName: Bucket }),
  );
  await cloudtrail.send(new StartLoggingCommand({ Name: trail }));
  const { code } = await account.trailkeeper(['capture', trail, '--yes']);
  const reports = await account.swept();
  const [report] = reports.filter((one) => one.trail === trail);
  return code === 0 && JSON.stringify(report).includes('"verdict":"in-sync"');
}

/** Whether a sweep reads the alarms on the log group. */
async function areAlarmsRead(): Promise<boolean> {
  await watchRoot(account.clientsOf('111122223333'));
  const { code } = await account.trailkeeper([
    ...['capture', account.trail, '--reason', 'alarms', '--yes'],
  ]);
  const [report] = await account.swept();
  return code === 0 && JSON.stringify(report).includes('"verdict":"in-sync"');
}

/** Whether the event of a failed invocation is in the dead-letter queue. */
async function isKeptWhatRemediateFailed(): Promise<boolean> {
  const [stop] = attacks.filter(({ id }) => id === 'A1');
  return isKept('Query', () => stop?.call(account.clientsOf(), account.trail));
}

async function isKeptWhatWatchFailed(): Promise<boolean> {
  return isKept('PutItem', () =>
    new EventBridgeClient(account.configOf()).send(
      new DisableRuleCommand({ Name: 'Trailkeeper-Tamper-lambda' }),
    ),
  );
}

async function isKept(failing: 'Query' | 'PutItem', call: () => unknown): Promise<boolean> {
  account.deliver({ drop: false });
  // A function that has read the baselines before does without that read.
  account.recycle();
  const error = 'ValidationException';
  await account.fault({ service: 'dynamodb', operation: failing, error, times: 3 });
  await call();
  await account.settled();
  return (await account.deadLetterCount()) === 1;
}

/** Whether a backfill finds the attack in event history, continues in another invocation, and reports it. */
async function isPastReported(): Promise<boolean> {
  account.deliver({ drop: true });
  const backfills = backfillsOf(account);
  await backfills.configure({ timeout: 60 });
  const report = await backfills.report({ from: ago(60), to: ago(0) }).catch(() => null);
  return JSON.stringify(report?.text)?.includes('StopLogging in us-east-1 by mallory') === true;
}

/** Whether the schedule starts a sweep. */
function isSwept(): Promise<boolean> {
  return account.sweep().then(
    () => true,
    () => false,
  );
}

/** Whether a sweep whose function is gone is in the dead-letter queue. */
async function isKeptWhatCouldNotStart(): Promise<boolean> {
  await new LambdaClient(account.configOf()).send(
    new DeleteFunctionCommand({ FunctionName: 'Trailkeeper-Sweep' }),
  );
  await isSwept();
  return (await account.deadLetterCount()) === 1;
}

/** Whether the self-check passes an intact deployment, and reports a changed one on both paths and keeps it. */
async function isTamperingReported(): Promise<boolean> {
  const before = await account.selfCheck();
  if (JSON.stringify(before) !== JSON.stringify({ result: { faults: [] } })) return false;
  await new EventBridgeClient(account.configOf()).send(
    new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }),
  );
  const after = await account.selfCheck();
  const again = await account.selfCheck();
  if ('error' in after || 'error' in again) return false;
  const events = account.calls.filter(
    ({ operation, error }) => operation === 'PutEvents' && error === null,
  );
  return (await account.notifications()).length === 1 && events.length === 1;
}

/** Whether a stack update of an announced deployment puts no event on the bus, and one after its end does. */
async function isAnnouncedDeploymentQuiet(): Promise<boolean> {
  account.deliver({ drop: true, dropStreams: true });
  const windows = windowStore(rowsIn(account.table, account.tableName), kinds, account.signing);
  const window = announcement();
  const isQuiet = async (): Promise<boolean> => {
    const before = account.calls.length;
    const Payload = JSON.stringify(stackUpdateEvent());
    await new LambdaClient(account.configOf()).send(
      new InvokeCommand({ FunctionName: 'Trailkeeper-SelfCheck', Payload }),
    );
    await account.settled();
    return account.calls.slice(before).every(({ operation }) => operation !== 'PutEvents');
  };
  await windows.add(window);
  if (!(await isQuiet())) return false;
  await windows.end(window, { at: window.from, by: window.by, reason: 'over' });
  return !(await isQuiet());
}

/** Whether people are notified of an incident, and an event whose notification failed is kept. */
async function arePeopleReported(): Promise<boolean> {
  account.deliver({ drop: true });
  const report = async (id: string) => {
    await startProcessesAnew('Trailkeeper-Alert');
    const { trail } = account;
    const stored = { ...incident, id, trail };
    const key = { pk: `incident#${trail}`, sk: incidentSk(stored) };
    const Item = { ...key, incident: JSON.stringify(stored) };
    await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
    const Entry = {
      Source: 'trailkeeper',
      DetailType: incidentEvents[incident.state],
      Detail: JSON.stringify({ incident: key }),
      EventBusName: 'trailkeeper',
    };
    const bus = new EventBridgeClient(account.configOf());
    await bus.send(new PutEventsCommand({ Entries: [Entry] }));
    await account.settled();
  };
  await report('reported');
  if ((await account.slack()).length !== 1) return false;
  const refused = { operation: 'chat.postMessage', error: 'is_archived', times: 3 };
  await account.fault({ service: 'slack', ...refused });
  await report('untold');
  return (await account.deadLetterCount()) === 1;
}

/** A running function remembers what it has read. */
async function startProcessesAnew(FunctionName: string): Promise<void> {
  const lambda = new LambdaClient(account.configOf());
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const Variables = { ...Environment?.Variables, ANEW: randomUUID() };
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
  );
}

/** Whether a write to the table is reported, with its difference and whether it is signed. */
async function isWritingReported(): Promise<boolean> {
  account.deliver({ drop: true, dropStreams: false });
  const { trail, table, tableName } = account;
  const store = account.baselines();
  const { arn } = parseTrailArn(trail);
  const known = await store.find(arn);
  const before = await store.newestValid(arn);
  if (before === null) throw new Error('the trail is not protected');
  const { version: _, previous: __, ...content } = before;
  await store.add({ ...content, policy: { tags: 'ignore' } }, known);
  const Item = { pk: 'window', sk: `${trail}#forged`, document: '{}' };
  await table.send(new PutCommand({ TableName: tableName, Item }));
  await account.settled();
  const reported = JSON.stringify(await account.tamperings());
  const said = account.calls.filter(
    ({ operation, error }) => operation === 'PutEvents' && error === null,
  );
  return (
    reported.includes('policy.tags is') &&
    reported.includes('maintenance window') &&
    said.length === 2
  );
}

/** Whether the audit reads the status of a trail that is retired. */
async function isIncidentOfRetiredTrailClosed(): Promise<boolean> {
  account.deliver({ drop: true, dropStreams: false });
  const { arn } = parseTrailArn(account.trail);
  const store = account.baselines();
  const retirement = { schema: 1, trail: arn, retiredBy: 'alice', reason: 'it moves' } as const;
  const known = await store.find(arn);
  if (known === null) throw new Error('the trail is not protected');
  const earlier = account.invocations.length;
  await store.retire({ ...retirement, retiredAt: new Date().toISOString() }, known);
  await account.settled();
  const audits = account.invocations
    .slice(earlier)
    .filter(({ functionName }) => functionName === 'Trailkeeper-Audit');
  return audits.length > 0 && audits.every((one) => !('error' in one));
}

/** Whether a write that could not be reported is in the dead-letter queue. */
async function isKeptWhatChangesFailed(): Promise<boolean> {
  const { trail, table, tableName } = account;
  const error = 'ValidationException';
  await account.fault({ service: 'dynamodb', operation: 'PutItem', error, times: 100 });
  const Key = { pk: trail, sk: 'baseline#000002' };
  await table.send(new DeleteCommand({ TableName: tableName, Key }));
  await account.settled();
  return (await account.deadLetterCount()) === 1;
}

/** Whether the event of a call in the main Region starts the function through the bus. */
async function isEventForwarded(): Promise<boolean> {
  account.deliver({ drop: false });
  const [stop] = attacks.filter(({ id }) => id === 'A1');
  await stop?.call(account.clientsOf(), account.trail);
  await account.settled();
  return JSON.stringify(await account.auditTrail()) === asCaptured;
}

/** Whether the lost events of every account are recovered, and not the one that the trail delivered. */
async function areEventsRecovered(): Promise<boolean> {
  account.deliver({ drop: true, workflowSecondMs: 10 });
  const gap = recoveryAccount(account);
  await gap.lose(10);
  await gap.letReadLog();
  await gap.deliverFirst();
  const { status } = await gap.ended(await gap.start());
  if (status !== 'SUCCEEDED') return false;
  const { recovered, missing, notCompared } = await gap.manifest();
  return recovered === 9 && missing.length === 0 && notCompared.length === 0;
}
