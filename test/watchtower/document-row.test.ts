import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import * as z from 'zod';
import type { Row, Rows } from '#aws/state-table.ts';
import { documentRow } from '#watchtower/document-row.ts';

/** A table with one row, in memory. */
function tableOf() {
  let row: Row | null = null;
  const put = async (item: Row) => {
    row = item;
    return true;
  };
  const rows = { get: async () => row, add: put, putIf: put } as Partial<Rows> as Rows;
  return { rows, size: () => (row?.document as Buffer | undefined)?.length };
}

const regions = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-southeast-2'];

test('what is known of ten thousand accounts and Regions fits into a row of DynamoDB', async () => {
  const { rows, size } = tableOf();
  const places = Array.from({ length: 10_000 }, (_, i) => {
    const account = String(
      100_000_000_000 + ((Math.floor(i / 5) * 7_777_777_777) % 899_999_999_999),
    );
    return { account, region: regions[i % 5] ?? '', folder: `AWSLogs/o-a1b2c3d4e5/${account}/` };
  });
  const lastDigests = Object.fromEntries(
    places.map(({ account, region }, i) => [
      `${account} ${region}`,
      new Date(Date.parse('2026-11-30T10:00:00Z') + i * 977).toISOString(),
    ]),
  );
  const memory = { places, lastDigests, silent: lastDigests };
  const row = documentRow(rows, 'buckets', z.unknown(), {});
  await row.change(() => memory);

  expect(size()).toBeLessThan(390_000);
  expect(await row.read()).toEqual(memory);
});

test.each([
  ['a text', '{}'],
  ['not compressed', Buffer.from('{"checks":1}')],
  ['not JSON', gzipSync('checks')],
  ['of another form', gzipSync('{"checks":"1"}')],
])('a row that is %s is empty', async (_, document) => {
  const { rows } = tableOf();
  await rows.add({ document });
  const empty = { checks: 0 };

  expect(await documentRow(rows, 'state', z.object({ checks: z.number() }), empty).read()).toBe(
    empty,
  );
});
