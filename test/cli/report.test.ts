import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Evidence } from '#evidence/evidence.ts';
import { attacks } from '#sandbox/attacks.ts';
import { type Account, startAccount } from '../support/account.ts';

let account: Account;
let folder: string;

beforeAll(async () => {
  account = await startAccount();
  folder = await mkdtemp(join(tmpdir(), 'trailkeeper-report-'));
});
beforeEach(() => account.reset());
afterAll(async () => {
  await rm(folder, { recursive: true });
  await account.stop();
});

/** Mallory attacks, and trailkeeper restores the trail. */
async function attacked(...ids: readonly string[]): Promise<void> {
  account.deliver({ drop: false, paused: false });
  for (const id of ids) {
    const attack = attacks.find((one) => one.id === id);
    await attack?.call(account.clientsOf(attack.as), account.trail);
    await account.settled();
  }
  account.deliver({ drop: true });
}

/** The latest event of a call, as CloudTrail recorded it. */
async function recorded(eventName: string) {
  const LookupAttributes = [{ AttributeKey: 'EventName', AttributeValue: eventName }] as never;
  const { Events = [] } = await account.outsider.send(
    new LookupEventsCommand({ LookupAttributes }),
  );
  const record = JSON.parse(Events[0]?.CloudTrailEvent ?? '{}');
  return { id: Events[0]?.EventId ?? '', requestId: record.requestID, record };
}

async function report(...args: readonly string[]) {
  const { code, stdout, stderr } = await account.trailkeeper(['report', ...args, '--json']);
  return { code, stderr, evidence: JSON.parse(stdout) as Evidence };
}

describe('the page of an incident', () => {
  test('says who attacked, from where, what restored it, and the evidence as CloudTrail has it', async () => {
    await attacked('A1');
    const stop = await recorded('StopLogging');
    const [incident] = await account.incidents();
    const file = join(folder, 'incident.html');

    const { code, stdout, stderr } = await account.trailkeeper([
      ...['report', '--incident', incident?.id.slice(0, 8) ?? '', '--html', file],
    ]);

    const html = await readFile(file, 'utf8');
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('One inc') });
    expect(stderr).toContain(createHash('sha256').update(html).digest('hex'));
    for (const text of [
      stop.id,
      stop.requestId,
      stop.record.sourceIPAddress,
      'mallory, an IAM user',
      'trailkeeper restored it with StartLogging',
      incident?.id,
      incident?.episodes[0]?.resolvedAt?.slice(11, 19),
    ]) {
      expect(html).toContain(text);
    }
  });

  test('names the baseline in force by the hash of its signed document', async () => {
    await attacked('A1');
    const row = await account.row({ pk: account.trail, sk: 'baseline#000001' });
    const [incident] = await account.incidents();

    const { evidence } = await report('--incident', incident?.id ?? '');

    expect(evidence.trails[0]?.baseline).toMatchObject({
      version: 1,
      sha256: createHash('sha256').update(String(row?.document)).digest('hex'),
      signedBy: (row?.signature as { keyId: string } | undefined)?.keyId,
      faults: [],
    });
  });
});

describe('report --json', () => {
  test('has the hash of the record of an incident, and its calls', async () => {
    await attacked('A1');
    const stop = await recorded('StopLogging');

    const { evidence } = await report('--from', '1h');

    const [incident] = evidence.trails[0]?.incidents ?? [];
    const { pk = '', sk = '', sha256 } = incident?.record ?? {};
    const row = await account.row({ pk, sk });
    expect(sha256).toBe(createHash('sha256').update(String(row?.incident)).digest('hex'));
    expect(incident?.cause).toMatchObject({ eventId: stop.id, requestId: stop.requestId });
  });

  test('has a gap from the call to the repair, and a coverage that adds up', async () => {
    await attacked('A1');
    const stop = await recorded('StopLogging');
    const [incident] = await account.incidents();

    const { evidence } = await report('--incident', incident?.id ?? '');

    const [trail] = evidence.trails;
    const length = Date.parse(evidence.window.to) - Date.parse(evidence.window.from);
    const { recorded: whole, missing, unknown } = trail?.coverage ?? {};
    expect(missing?.ranges).toEqual([
      {
        from: new Date(stop.record.eventTime).toISOString(),
        to: incident?.episodes[0]?.resolvedAt,
      },
    ]);
    expect([whole, missing, unknown].reduce((sum, one) => sum + (one?.milliseconds ?? 0), 0)).toBe(
      length,
    );
  });

  test('does not count as recorded a time in which no sweep finished', async () => {
    await attacked('A1');
    const unknown = async () =>
      (await report('--from', '1h')).evidence.trails[0]?.coverage.unknown.ranges ?? [];
    const before = await unknown();

    await account.swept();

    const reasons = before.map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === 'no sweep finished')).not.toEqual([]);
    const last = (await unknown()).findLast(({ reason }) => reason === 'no sweep finished');
    const periodOfSweep = Math.floor(Date.now() / 300_000) * 300_000;
    expect(Date.parse(last?.to ?? '')).toBeLessThanOrEqual(periodOfSweep);
  });

  test('has no coverage if it may not read when sweeps finished', async () => {
    await attacked('A1');
    const operation = 'GetMetricStatistics';
    await account.fault({ service: 'monitoring', operation, error: 'AccessDenied', times: 99 });

    const { evidence } = await report('--from', '1h');
    await account.clearFaults();

    expect(evidence.trails[0]?.coverage.problem).toMatch(/needs cloudwatch:GetMetricStatistics/);
    expect(evidence.trails[0]?.incidents).toHaveLength(1);
  });

  test('reports several trails and attacks in a time range', async () => {
    const other = await account.addTrail('other-trail');
    await account.trailkeeper(['capture', other, '--yes']);
    await attacked('A1', 'A5');

    const { code, evidence } = await report('--from', '1h');

    expect(code).toBe(0);
    expect(evidence.trails.map(({ trail }) => trail).toSorted()).toEqual(
      [account.trail, other].toSorted(),
    );
    const incidents = evidence.trails.flatMap((trail) => trail.incidents);
    expect(incidents.flatMap(({ calls }) => calls.map(({ eventName }) => eventName))).toEqual(
      expect.arrayContaining(['StopLogging', 'UpdateTrail']),
    );
  });

  test('lists a maintenance window, and the change of the state table that opened it', async () => {
    account.deliver({ dropStreams: false });
    const start = 'window start org-trail --kinds tags --for 5m --reason retag --yes';
    await account.trailkeeper(start.split(' '));
    await account.settled();

    const { evidence } = await report('org-trail', '--from', '1h');

    expect(evidence.trails[0]?.windows).toMatchObject([{ kinds: ['tags'], reason: 'retag' }]);
    expect(evidence.tampering).toMatchObject([{ severity: 'medium' }]);
  });
});

test('report --ocsf prints one finding for each incident, one a line', async () => {
  await attacked('A1');
  const [incident] = await account.incidents();

  const { stdout } = await account.trailkeeper(['report', '--from', '1h', '--ocsf']);

  const findings = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(findings.map(({ class_uid, finding_info }) => [class_uid, finding_info.uid])).toEqual([
    [2004, incident?.id],
  ]);
});

describe('an error names the argument and the remedy:', () => {
  test.each([
    ['report', /^error: say what to report: --incident ID, or --from TIME$/m],
    ['report --from 1h --to 2h', /^error: --from: must be earlier than --to, which is \S+Z$/m],
    ['report --incident x --from 1h', /--incident: cannot be used with .*leave these out/],
    ['report --incident nope', /--incident: no incident is named nope: .*trailkeeper incidents/],
    ['report nope --from 1h', /no protected trail has the name "nope"/],
    ['report --from 1h --html /nowhere/x.html', /--html: cannot write \/nowhere\/x.html: ENOENT/],
    ['report --from yesterday', /must be a time/i],
  ])('%s', async (line, message) => {
    const { code, stderr } = await account.trailkeeper(line.split(' '));

    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) });
  });

  test('an incident whose id is not complete enough', async () => {
    await attacked('A1');

    const { stderr, code } = await account.trailkeeper(['report', '--incident', '']);

    expect(code).toBe(1);
    expect(stderr).toMatch(/--incident: must not be empty/);
  });
});
