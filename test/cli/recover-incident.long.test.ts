import { createHash } from 'node:crypto';
import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { incidentSk } from '#incident/incident.ts';
import { recoveredEvents } from '#sandbox/seed.ts';
import { answers } from '../../cli/json-answers.ts';
import { recoverCommand } from '../support/recover-command.ts';

const { account, gap } = recoverCommand();

const clients = () => account.clientsOf('111122223333');

test('recovers the gaps of an incident', async () => {
  const { id, from } = await incidentInTheGap();

  const { stdout } = await account.trailkeeper(['recover', '--incident', id.slice(0, 8), '--json']);

  const answer = answers.recover.parse(JSON.parse(stdout));
  expect(answer).toMatchObject({ manifest: { recovery: { incidents: [id] }, missing: [] } });
  const lost = (await gap.lost()).filter(({ eventTime }) => {
    const at = Date.parse(eventTime) - Date.parse(from);
    return at >= 0 && at < 30 * 60_000;
  });
  expect(await gap.recovered()).toHaveLength(lost.length);
});

test('a recovery is named by the incident and the report, with where the files are and what is not there', async () => {
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
  expect(before.stdout).toMatch(/UTC: not recovered yet$/m);
  expect(before.stdout).toContain(`recover --incident ${id.slice(0, 8)}`);
  expect(stdout).toMatch(/UTC: recovered, as far as event history has the events$/m);
  expect(stdout).toContain(manifest);
  expect(stdout).toContain(`s3://${recoveredEvents}/recovered/AWSLogs/`);
  expect(stdout).toMatch(/not recoverable: .*data/);
  expect(stdout).not.toContain(`recover --incident ${id.slice(0, 8)}`);
});

test('a recovery is found in a folder of the prefix, and is not believed without a valid signature', async () => {
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

test('a recovery is unknown if the manifests cannot be read', async () => {
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
