import { gzipSync } from 'node:zlib';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { recoveredEvents } from '#sandbox/seed.ts';
import { answers } from '../../cli/json-answers.ts';
import { recoverCommand } from '../support/recover-command.ts';

const { account, gap, recover, recovered, executions, written } = recoverCommand();

const clients = () => account.clientsOf('111122223333');

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
