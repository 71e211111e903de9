import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { S3Client } from '@aws-sdk/client-s3';
import { logBucket } from '#log-files/log-bucket.ts';
import { recoveryBucket } from '#recovery/bucket.ts';
import { lookupsPerSecond } from '#recovery/history-clients.ts';
import { atPace, paced } from '#recovery/pace.ts';
import { recoverAccount } from '#recovery/recover-account.ts';
import { isoOf, slotMs, slotOf } from '#recovery/slots.ts';
import { inProcess } from '../test/support/in-process.ts';
import { eventAt, recoveryOf } from '../test/support/recovery.ts';
import { virtualClock } from '../test/support/virtual-clock.ts';
import { type Figure, figure } from './figure.ts';

const accountCounts = [1, 2, 4];
const regions = ['us-east-1', 'eu-central-1', 'ap-southeast-2'];

/** Events of each account and Region, in eight slots, and how long a lookup takes. */
const eventsEach = 3000;
const latencyMs = 700;

/**
 * How long the recovery of a gap takes within the quota of LookupEvents, on a simulated clock on which a lookup takes 700 ms, and
 * everything else no time. The limit is two lookups a second in each account and Region. More accounts take as long as one.
 */
export async function recovery(): Promise<readonly Figure[]> {
  const limit = eventsEach / 50 / 2;
  const figures: Figure[] = [];
  for (const accounts of accountCounts) {
    const { seconds, throttled } = await simulate(accounts);
    const events = `${accounts * regions.length * eventsEach} events`;
    figures.push(
      figure({ name: events, unit: 's', ours: [seconds], limit, goal: 1 / 0.95 }),
      figure({ name: `${events}: throttled`, unit: 'calls', ours: [throttled], goal: 0 }),
    );
  }
  return figures;
}

async function simulate(count: number) {
  const begun = Math.floor(Date.now() / 1000) * 1000;
  const { now, sleep, untilDone } = virtualClock({ start: begun, turns: 200 });
  const accounts = Array.from({ length: count }, (_, i) => `${111122223333 + i}`);
  const sandbox = inProcess(() => new Date(now()));
  Object.assign(sandbox.disruptions.throttling, { lookupsPerSecond: 2 });
  const start = slotOf(begun) - 86_400_000;
  const end = start + 8 * slotMs;
  sandbox.world.history.push(
    ...accounts.flatMap((account) => regions.flatMap((region) => eventsOf(account, region))),
  );
  const s3 = new S3Client({ ...sandbox.configOf('222233334444'), forcePathStyle: true });
  const intervals = [{ from: isoOf(start), to: isoOf(end) }];
  const bucket = 'org-trail-logs';
  const deps = {
    config: { account: '', bucket, prefix: 'recovered' },
    bucket: recoveryBucket(s3, bucket),
    logBucket: (name: string) => logBucket(s3, name),
    historyOf: (account: string) => (region: string) => {
      const { requestHandler, ...config } = sandbox.configOf(account);
      const client = new CloudTrailClient({
        ...{ ...config, region, maxAttempts: 10 },
        requestHandler: {
          async handle(request: Parameters<typeof requestHandler.handle>[0]) {
            const answer = await requestHandler.handle(request);
            await sleep(latencyMs);
            return answer;
          },
        },
      });
      const turn = paced(lookupsPerSecond, { now, sleep });
      client.middlewareStack.add(atPace(turn), { step: 'finalizeRequest', priority: 'low' });
      return client;
    },
    now,
    hasTime: () => true,
  };
  const recovering = accounts.map((account) =>
    recoverAccount({ recovery: recoveryOf({ intervals, regions }), account }, deps),
  );
  await untilDone(recovering);
  const throttled = sandbox.calls.filter(({ error }) => error?.includes('Throttling')).length;
  return { seconds: (now() - begun) / 1000, throttled };

  function eventsOf(account: string, region: string) {
    return Array.from({ length: eventsEach }, (_, i) => {
      const at = start + Math.trunc(((end - start) * i) / eventsEach);
      return eventAt(at, { account, region, id: `${account} ${region} ${i}` });
    });
  }
}
