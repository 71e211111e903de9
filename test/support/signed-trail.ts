import {
  AddTagsCommand,
  RemoveTagsCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  PutCommand,
} from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { rowsIn } from '#aws/state-table.ts';
import type { Baseline } from '#baseline/baseline.ts';
import { kinds } from '#drift/index.ts';
import { windowStore } from '#reconcile/maintenance-window-store.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { Account } from './account.ts';

export type SignedTrail = ReturnType<typeof signedTrail>;
type Row = Record<string, unknown> & { readonly document: string };

/** The protected trail with signed versions, and the state table as an administrator can write to it. */
export function signedTrail(account: Account) {
  const trail = parseTrailArn(account.trail).arn;
  let asSigned: unknown;

  return {
    /** Resets the account and signs a second version, which is in force. Only the streams of the table are delivered. */
    async start(): Promise<void> {
      await account.reset();
      account.deliver({ drop: true, dropStreams: true, lambdaRetryMs: 10 });
      await tag('audit');
      await addVersion({ states: { tags: { TagsList: [{ Key: 'owner', Value: 'audit' }] } } });
      await account.swept();
      asSigned = await account.auditTrail();
      account.deliver({ dropStreams: false });
    },
    /** The trail as the version in force describes it. */
    asSigned: () => asSigned,
    addVersion,
    tag,

    /** Changes the trail and expects that it is restored as signed. */
    async expectRestored(): Promise<void> {
      await account.settled();
      await account.outsider.send(new StopLoggingCommand({ Name: trail }));
      await account.outsider.send(
        new UpdateTrailCommand({ Name: trail, S3BucketName: 'attacker-bucket' }),
      );
      await tag('mallory');

      await account.swept();

      expect(await account.auditTrail()).toEqual(asSigned);
    },

    /** All reports of tampering with the table, by the audit function and a sweep. */
    async tamperReports(): Promise<readonly string[]> {
      await account.swept();
      await account.settled();
      return (await account.tamperings()).flatMap((one) => one.faults);
    },

    async versionRow(number: number, of: string = trail): Promise<Row> {
      const row = await account.row({ pk: of, sk: `baseline#${String(number).padStart(6, '0')}` });
      if (row === undefined) throw new Error(`${of} has no version ${number}`);
      return row as Row;
    },

    put: (Item: Record<string, unknown>) =>
      account.table.send(new PutCommand({ TableName: account.tableName, Item })),

    remove: (pk: string, sk: string) =>
      account.table.send(new DeleteCommand({ TableName: account.tableName, Key: { pk, sk } })),

    /** Writes many rows. */
    async writeRows(count: number, rowOf: (i: number) => object): Promise<void> {
      const Items = Array.from({ length: count }, (_, i) => ({
        PutRequest: { Item: { ...rowOf(i) } },
      }));
      for (let i = 0; i < count; i += 25) {
        const RequestItems = { [account.tableName]: Items.slice(i, i + 25) };
        await account.table.send(new BatchWriteCommand({ RequestItems }));
      }
    },

    /** A client of the state table that counts its requests. */
    countingClient() {
      let requests = 0;
      const client = DynamoDBDocumentClient.from(new DynamoDBClient(account.configOf('alice')));
      client.middlewareStack.add((next) => (args) => {
        requests += 1;
        return next(args);
      });
      return { client, requests: () => requests };
    },

    /** The maintenance windows that Alice signs. */
    windows: () => windowStore(rowsIn(account.table, account.tableName), kinds, account.signing),
  };

  /** Signs and stores the next version of a trail as Alice, an approver: the version in force with some states replaced. */
  async function addVersion({
    states = {},
    trail: of = trail,
    ...edits
  }: Partial<Baseline> & { states?: Record<string, object> }): Promise<void> {
    const store = account.baselines();
    const known = await store.find(of);
    const before = (await store.newestValid(of)) ?? (await store.newestValid(trail));
    if (before === null) throw new Error('there is no first version');
    const { version: _, previous: __, ...content } = before;
    const merged = Object.fromEntries(
      Object.entries(content.states).map(([kind, state]) => [kind, { ...state, ...states[kind] }]),
    );
    const capturedAt = new Date().toISOString();
    await store.add({ ...content, capturedAt, ...edits, trail: of, states: merged }, known);
  }

  async function tag(owner: string): Promise<void> {
    const change = { ResourceId: trail, TagsList: [{ Key: 'owner', Value: owner }] };
    await account.outsider.send(new RemoveTagsCommand(change));
    await account.outsider.send(new AddTagsCommand(change));
  }
}
