import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { deployWatchtower } from '#sandbox/deploy-watchtower.ts';
import { deployment } from '#sandbox/seed.ts';
import type { Account } from './account.ts';
import { sessionOf } from './role-session.ts';

export const outside = '333344445555';
export const watchtower = { account: outside };
export const reconcileRole = 'Trailkeeper-Reconcile';
const periodMs = 60_000;

/** An entry of PutEvents. */
export type Heartbeat = Readonly<
  Record<'Source' | 'DetailType' | 'Detail' | 'EventBusName', string>
>;

/** A second account with the watchtower, and an administrator of the first who attacks. */
export function secondAccount(account: Account, config: object = { watchtower }) {
  return {
    as: account.configOf,
    /** Deploys the watchtower anew, after two sweeps of which it heard and a check that found nothing. */
    async deploy(): Promise<readonly string[]> {
      await account.reset();
      // The trails' events reach no one, so that only sweeps restore.
      account.deliver({ drop: true, dropStreams: true, lambdaRetryMs: 10 });
      await new DynamoDBClient(account.configOf(outside))
        .send(new DeleteTableCommand({ TableName: 'Trailkeeper-Watchtower' }))
        .catch(() => {});
      await deployWatchtower(account.endpoint, {
        ...deployment,
        mode: 'enforce',
        ...config,
      });
      await sweep();
      await sweep();
      return check();
    },
    sweep,
    check,
    /** The subjects of what the watchtower sent to people. */
    messages: async (): Promise<readonly string[]> =>
      (await notified()).map(({ subject = '' }) => subject),
    texts: async (): Promise<readonly string[]> => (await notified()).map(({ message }) => message),
    sent,
    /** The last heartbeat with another text, and no signature. */
    forged(): Heartbeat | undefined {
      const [last] = sent();
      return last && { ...last, Detail: JSON.stringify({ document: '{}' }) };
    },
    put: (accessKeyId: string, entry: Heartbeat | undefined) =>
      new EventBridgeClient(account.configOf(accessKeyId)).send(
        new PutEventsCommand({ Entries: entry === undefined ? [] : [entry] }),
      ),
    /** The access key of a session of the role of sweeps, which an administrator took over. */
    async stolenRole(): Promise<string> {
      const { account: own } = deployment;
      const admitted = [{ AWS: `arn:aws:iam::${own}:root` }, { Service: 'lambda.amazonaws.com' }];
      await new IAMClient(account.configOf()).send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: reconcileRole,
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: admitted.map((Principal) => ({
              Effect: 'Allow',
              Principal,
              Action: 'sts:AssumeRole',
            })),
          }),
        }),
      );
      return sessionOf(account, `arn:aws:iam::${own}:role/${reconcileRole}`);
    },
  };

  async function notified() {
    return (await account.notifications()).filter(({ topicArn }) => topicArn.includes(outside));
  }

  /** The heartbeats that were sent, the last one first. */
  function sent(): readonly Heartbeat[] {
    return account.calls
      .filter(
        ({ operation, principal }) =>
          operation === 'PutEvents' && principal.includes(reconcileRole),
      )
      .flatMap(({ input }) => input.Entries as readonly Heartbeat[])
      .filter(({ DetailType }) => DetailType === 'Trailkeeper Heartbeat')
      .toReversed();
  }

  async function sweep(): Promise<void> {
    await account.sweep();
    await account.settled();
  }

  /** What a check of the watchtower finds, so many sweep periods from now. */
  async function check(periods = 0): Promise<readonly string[]> {
    const at = new Date(Date.now() + periods * periodMs).toISOString();
    const { Payload, FunctionError } = await new LambdaClient(account.configOf(outside)).send(
      new InvokeCommand({
        FunctionName: 'Trailkeeper-Watchtower',
        Payload: JSON.stringify(periods === 0 ? {} : { at }),
      }),
    );
    const answer = JSON.parse(Payload?.transformToString() ?? 'null');
    if (FunctionError !== undefined) throw new Error(JSON.stringify(answer));
    return answer.alarms.map(({ key }: { readonly key: string }) => key);
  }
}
