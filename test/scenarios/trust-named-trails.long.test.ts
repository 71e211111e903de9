import { createPrivateKey, createPublicKey } from 'node:crypto';
import { DeleteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { publicPem } from '#sandbox/kms-signing.ts';
import { ownKeyArn } from '#sandbox/seed.ts';
import { type Account, ownAccount } from '../support/account.ts';
import { checkoutWith } from '../support/checkout.ts';
import { tempFile } from '../support/temp-files.ts';

// The configuration names the trail and the keys of two approvers.

const trail = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail';

describe('a trail that the configuration names', () => {
  test('is reported as unprotected if all its rows are deleted', async () => {
    const own = await ownAccount({ deployment: named() });
    for (const { pk, sk } of await rowsOf(own)) {
      await own.table.send(new DeleteCommand({ TableName: own.tableName, Key: { pk, sk } }));
    }

    const { log, ...invocation } = await own.sweep();
    await own.settled();

    expect(invocation).toMatchObject({ result: { trails: [{ trail, verdict: 'broken' }] } });
    expect(metric(log, 'TrailsProtected')).toBe(0);
    expect(metric(log, 'TrailsOutOfSync')).toBe(1);
    const messages = JSON.stringify(await own.slack());
    expect(messages).toMatch(/NOT protected: it has no baseline/);
    expect(messages).toMatch(
      /Capture it: .*restore the state table|restore the state table.*Capture it/s,
    );
    expect(messages).toContain(`trailkeeper capture ${trail}`);
    expect(messages).not.toContain('sign it again');
  });
});

test('rollback signs the version in force again with another key', async () => {
  const own = await ownAccount({ deployment: named() });
  const file = await secondKeyFile();
  const rollback = (...more: string[]) =>
    own.trailkeeper(['rollback', '1', '--reason', 'a new key', '--yes', ...more]);

  expect((await rollback()).stdout).toContain('unchanged');
  expect((await rollback('--signing-key', file)).stdout).toContain('version 2');

  const [before, after] = await Promise.all(
    ['baseline#000001', 'baseline#000002'].map((sk) => own.row({ pk: own.trail, sk })),
  );
  const { states } = JSON.parse(String(before?.document));
  expect(JSON.parse(String(after?.document))).toMatchObject({ states });
  expect(after?.signature).toMatchObject({ algorithm: 'ED25519' });
});

test('warns before a deployment that would not trust the version in force', async () => {
  const own = await ownAccount({ deployment: named() });
  /** The findings without the line breaks of the terminal. */
  const doctorWith = async (keys: readonly string[]) =>
    (await own.trailkeeper(['doctor'], {}, await checkoutWith({ keys }))).stdout.replace(
      /\s+/g,
      ' ',
    );
  const { keys } = named().signing;

  expect(await doctorWith(keys)).not.toContain('will not be protected');
  expect(await doctorWith(keys.slice(1))).toContain(
    'will not be protected after you deploy this cdk.json',
  );
});

async function rowsOf({ table, tableName }: Account) {
  const { Items = [] } = await table.send(new ScanCommand({ TableName: tableName }));
  return Items as { readonly pk: string; readonly sk: string }[];
}

/** The key of a second approver. It does not change between runs. */
const secondKey = createPrivateKey({
  key: Buffer.from(`302e020100300506032b657004220420${'07'.repeat(32)}`, 'hex'),
  format: 'der',
  type: 'pkcs8',
});

const secondKeyFile = (): Promise<string> =>
  tempFile('key.pem', secondKey.export({ format: 'pem', type: 'pkcs8' }).toString());

/** A configuration that names the trail and two approver keys. */
const named = () => ({
  trails: [trail],
  signing: {
    keys: [
      publicPem(ownKeyArn),
      createPublicKey(secondKey).export({ format: 'pem', type: 'spki' }).toString(),
    ],
    key: ownKeyArn,
  },
});

/** The value of a metric in a function's log. */
function metric(log: readonly string[], name: string): unknown {
  const lines = log.filter((line) => line.includes('"_aws"')).map((line) => JSON.parse(line));
  return lines.find((line) => name in line)?.[name];
}
