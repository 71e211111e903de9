import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { incidentSk } from '#incident/incident.ts';
import { recoveredEvents } from '#sandbox/seed.ts';
import { answers } from '../../cli/json-answers.ts';
import { testAccount } from '../support/account.ts';
import { recoveryAccount } from '../support/recovery-account.ts';

const account = testAccount();
let gap: ReturnType<typeof recoveryAccount>;

beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, workflowSecondMs: 10 });
  gap = recoveryAccount(account);
  await gap.lose(90);
  await gap.letReadLog();
});

const clients = () => account.clientsOf('111122223333');

/** Runs recover for the gap. */
const recover = (...args: string[]) => {
  const [{ from, to } = { from: '', to: '' }] = gap.recovery.intervals;
  const last = new Date(Date.parse(to) - 1000).toISOString();
  return account.trailkeeper(['recover', '--from', from, '--to', last, ...args]);
};

/** Runs recover and gives the manifest. */
async function recovered() {
  const { code, stdout, stderr } = await recover('--json');
  const answer = answers.recover.parse(JSON.parse(stdout));
  if (!('manifest' in answer)) throw new Error(stdout);
  return { code, stderr, ...answer };
}

const executions = () =>
  account.calls
    .filter(({ operation, principal }) => operation === 'StartExecution' && /alice/.test(principal))
    .map(({ input }) => String(input.name));

const written = async () =>
  [...(await gap.objects())].filter(([key]) => !key.endsWith('.signature'));

describe('recover', () => {
  test('says with --dry-run what it would read, and reads nothing', async () => {
    const { code, stdout } = await recover('--dry-run');

    expect(code).toBe(0);
    expect(stdout).toMatch(/^org-trail.*: .* \(2 h\)$/m);
    expect(stdout).toContain('3 accounts: 111122223333, 222233334444, 333344445555');
    expect(stdout).toMatch(/^At least \d+ calls of LookupEvents/m);
    expect(account.calls.filter(({ operation }) => operation === 'LookupEvents')).toEqual([]);
    expect(executions()).toEqual([]);
  });

  test('writes what was lost, with a manifest that the approver signed', async () => {
    const { code, manifest, signedBy } = await recovered();

    expect(code).toBe(0);
    expect(manifest).toMatchObject({ recovered: 90, missing: [], notCompared: [] });
    expect(await gap.recovered()).toHaveLength(90);
    expect(signedBy).toBe((await account.signing.signer?.publicKey())?.id);
  });

  test('recovers the gaps of an incident', async () => {
    const { id, from } = await incidentInTheGap();

    const { stdout } = await account.trailkeeper([
      'recover',
      '--incident',
      id.slice(0, 8),
      '--json',
    ]);

    const answer = answers.recover.parse(JSON.parse(stdout));
    expect(answer).toMatchObject({ manifest: { recovery: { incidents: [id] }, missing: [] } });
    const lost = (await gap.lost()).filter(({ eventTime }) => {
      const at = Date.parse(eventTime) - Date.parse(from);
      return at >= 0 && at < 30 * 60_000;
    });
    expect(await gap.recovered()).toHaveLength(lost.length);
  });

  test('is named by the incident and the report, with where the files are and what is not there', async () => {
    const { id } = await incidentInTheGap();
    const before = await account.trailkeeper(['incidents', id]);
    await account.trailkeeper(['recover', '--incident', id]);

    const { stdout } = await account.trailkeeper(['incidents', id]);
    const report = await account.trailkeeper(['report', '--incident', id, '--json']);

    const { recoveries, trails } = answers.report.parse(JSON.parse(report.stdout));
    const [{ manifest = '', sha256 = '' } = {}] = recoveries.found;
    const key = manifest.slice(`s3://${recoveredEvents}/`.length);
    const stored = Buffer.from((await gap.objects()).get(key) ?? '', 'base64');
    expect(sha256).toBe(createHash('sha256').update(stored).digest('hex'));
    expect(trails[0]?.incidents[0]?.gaps[0]?.recovery).toEqual({
      extent: 'all',
      manifests: [manifest],
    });
    expect(before.stdout).toMatch(/not recovered yet$/m);
    expect(before.stdout).toContain(`recover --incident ${id.slice(0, 8)}`);
    expect(stdout).toMatch(/: recovered, as far as event history has the events$/m);
    expect(stdout).toContain(manifest);
    expect(stdout).toContain(`s3://${recoveredEvents}/recovered/AWSLogs/`);
    expect(stdout).toMatch(/not recoverable: .*data/);
    expect(stdout).not.toContain(`recover --incident ${id.slice(0, 8)}`);
  });

  test('is found in a folder of the prefix, and is not believed without a valid signature', async () => {
    const { id } = await incidentInTheGap();
    const prefix = 'recovered/case-7';
    await account.trailkeeper(['recover', '--incident', id, '--prefix', prefix]);
    const { s3 } = clients();
    const keys = [...(await gap.objects()).keys()];
    const Key = keys.find((key) => key.endsWith('.signature'));
    await s3.send(new DeleteObjectCommand({ Bucket: recoveredEvents, Key }));

    const { stdout } = await account.trailkeeper(['incidents', id]);

    expect(stdout).toMatch(/: not known whether it was recovered$/m);
    expect(stdout).toMatch(/case-7.*manifest\.json, not trusted: it has no signature$/m);
  });

  test('is said to be unknown if the manifests cannot be read', async () => {
    const { id } = await incidentInTheGap();
    await account.fault({
      service: 's3',
      operation: 'ListObjectsV2',
      error: 'AccessDenied',
      times: 99,
    });

    const { stdout, code } = await account.trailkeeper(['incidents', id]);
    await account.clearFaults();

    expect(code).toBe(0);
    expect(stdout).toMatch(/: not known whether it was recovered$/m);
    expect(stdout).toMatch(
      /manifests of recoveries were not read: .*AccessDenied|lack this permission/,
    );
  });

  test('says how to attach to it, without times that depend on when it was run', async () => {
    const { stderr } = await account.trailkeeper(['recover', '--from', '3h', '--to', '2h']);
    const [, command = ''] =
      /To see how far it is, run npx --no -- trailkeeper (.*)$/m.exec(stderr) ?? [];
    const [, id] = /:Trailkeeper-Recovery:([0-9a-f]+)-1$/m.exec(stderr) ?? [];

    const again = await account.trailkeeper([...command.split(' '), '--dry-run', '--json']);

    expect(answers.recover.parse(JSON.parse(again.stdout))).toMatchObject({ recovery: { id } });
  });

  test('waits for an execution that DescribeExecution does not return yet', async () => {
    const unseen = { service: 'states', operation: 'DescribeExecution' };
    await account.fault({ ...unseen, error: 'ExecutionDoesNotExist', times: 2 });

    const { code, manifest } = await recovered();

    expect({ code, recovered: manifest.recovered }).toEqual({ code: 0, recovered: 90 });
  });

  test('says at once why nothing can be written, and what to do', async () => {
    const { endpoint } = account;
    await account.fault({
      service: 's3',
      operation: 'PutObject',
      error: 'AccessDenied',
      times: 999,
    });

    const { code, stderr } = await recover();
    const invocations = await (await fetch(`${endpoint}/_sandbox/invocations`)).json();
    await account.clearFaults();

    expect(code).toBe(1);
    expect(stderr).toMatch(/is FAILED \(AccessDenied: [^{]*\)\. Run the same command again/);
    const tasks = (invocations as readonly { payload: { task?: string } }[]).map(
      ({ payload }) => payload?.task,
    );
    expect(tasks.filter((task) => task === 'recover')).toHaveLength(3);
    expect(tasks.filter((task) => task === 'finish')).toHaveLength(1);
    expect((await recovered()).manifest).toMatchObject({ recovered: 90, missing: [] });
  });

  test('refuses another place, and a time that event history does not have yet', async () => {
    const elsewhere = await recover('--bucket', 'org-trail-logs', '--prefix', 'cloudtrail');
    const recent = await account.trailkeeper(['recover', '--from', '5m']);

    expect(elsewhere).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not in s3://'),
    });
    expect(recent).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('of the last 15 minutes'),
    });
  });
});

describe('verify --manifest', () => {
  test.each([
    ['recovered', /must be a URL, for example s3:/],
    ['s3://nowhere/manifest.json', /cannot read s3:\/\/nowhere\/manifest\.json: .*bucket/],
    [`s3://${recoveredEvents}/none.json`, /none\.json does not exist/],
  ])('names what it cannot read: %s', async (url, message) => {
    const { code, stderr } = await account.trailkeeper(['verify', '--manifest', url]);

    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) });
  });

  test('accepts what was written, and names what was changed or deleted since', async () => {
    const { url, manifest, signedBy } = await recovered();
    const before = await account.trailkeeper(['verify', '--manifest', url, '--json']);
    expect(before.code).toBe(0);
    expect(answers.verify.parse(JSON.parse(before.stdout))).toMatchObject({
      ...{ signedBy, signatureProblem: null },
      ...{ validFiles: manifest.files, badFiles: [] },
    });
    const Bucket = recoveredEvents;
    const keys = (await written()).map(([key]) => key);
    const [changed = '', deleted = ''] = keys.filter((key) => key.endsWith('.gz'));
    const { s3 } = clients();
    await s3.send(new PutObjectCommand({ Bucket, Key: changed, Body: gzipSync('{"Records":[]}') }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: deleted }));
    const Key = keys.find((key) => key.endsWith('/manifest.json'));
    const text = Buffer.from((await gap.objects()).get(Key ?? '') ?? '', 'base64').toString();
    await s3.send(
      new PutObjectCommand({ Bucket, Key, Body: text.replace('"version": 1', '"version":1') }),
    );

    const { code, stdout } = await account.trailkeeper(['verify', '--manifest', url]);

    expect(code).toBe(2);
    expect(stdout).toContain(`invalid ${changed} was changed`);
    expect(stdout).toContain(`invalid ${deleted} is missing`);
    expect(stdout).toMatch(/^manifest not trusted: its signature by key \w+ is invalid$/m);
  });
});

/** An incident whose gap was in the first half hour of the lost time. */
async function incidentInTheGap() {
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await account.swept();
  const [incident] = await account.incidents();
  if (incident === undefined) throw new Error('there is no incident');
  const from = gap.recovery.intervals[0]?.from ?? '';
  const to = new Date(Date.parse(from) + 30 * 60_000 - 1000).toISOString();
  const gaps = incident.gaps.map((one) => ({ ...one, from, to, isOpen: false }));
  const key = { pk: account.trail.replace(/^/, 'incident#'), sk: incidentSk(incident) };
  const row = await account.row(key);
  const Item = { ...row, ...key, incident: JSON.stringify({ ...incident, gaps }) };
  await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
  return { id: incident.id, from };
}
