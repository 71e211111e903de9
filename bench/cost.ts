import type { CallRecord } from '#sandbox/api.ts';
import { type Deployment, isRead } from './deployment.ts';
import { type Figure, figure } from './figure.ts';

/** List prices in US dollars, us-east-1, without free tiers. Sources: docs/operations.md. */
const prices = {
  alarm: 0.1,
  metric: 0.3,
  gigabyteSecond: 0.0000133334,
  million: {
    invocations: 0.2,
    schedules: 1,
    queueRequests: 0.4,
    rowReads: 0.125,
    rowWrites: 0.625,
  },
  /** Per million recorded read calls. */
  elsewhere: { furtherTrail: 20, guardDuty: 4 },
};

const minutesAMonth = 43_800;
/** 19 alarms and 5 custom metrics. */
const fixed = 19 * prices.alarm + 5 * prices.metric;

/** US dollars a month for one trail. Calls are counted; a sweep is assumed to take 1 s at 1 GB, a light check 0.1 s. */
export async function cost(deployment: Deployment): Promise<readonly Figure[]> {
  const sweep = usageOf(await deployment.callsOf(() => deployment.sweep()), 1);
  const dollars = (name: string, amount: number, goal?: number) =>
    figure({ name, unit: '$', ours: [amount], goal });
  const rates = [1, 5, 60].flatMap((minutes) => {
    const times = minutesAMonth / minutes;
    return [
      dollars(`idle, sweep every ${minutes} min`, fixed + times * ofRun(sweep), 5),
      dollars(`+ further trail, ${minutes} min`, elsewhere(sweep, times, 'furtherTrail')),
      dollars(`+ GuardDuty, ${minutes} min`, elsewhere(sweep, times, 'guardDuty')),
    ];
  });
  const lightChecks = minutesAMonth * 5;
  return [
    ...rates,
    dollars('+ light checks', lightChecks * ofLightCheck + minutesAMonth * ofQueue + prices.alarm),
    dollars('+ light checks, further trail', elsewhere(lightCheck, lightChecks, 'furtherTrail')),
    dollars('+ light checks, GuardDuty', elsewhere(lightCheck, lightChecks, 'guardDuty')),
  ];
}

type Usage = {
  readonly seconds: number;
  readonly rowReads: number;
  readonly rowWrites: number;
  /** Reads that CloudTrail records. */
  readonly recorded: number;
};

/** GetTrail and GetTrailStatus. */
const lightCheck: Usage = { seconds: 0.1, rowReads: 0, rowWrites: 0, recorded: 2 };

/** An invocation that a message starts. */
const ofLightCheck = lightCheck.seconds * prices.gigabyteSecond + prices.million.invocations / 1e6;

/** Per minute: one batch is sent, Lambda receives and deletes five messages, and five pollers receive nothing every 20 s. */
const ofQueue = (prices.million.schedules + (1 + 2 * 5 + 15) * prices.million.queueRequests) / 1e6;

function usageOf(calls: readonly CallRecord[], seconds: number): Usage {
  const ofTable = calls.filter(({ service }) => service === 'dynamodb');
  const rowReads = ofTable.filter(isRead).length;
  return {
    seconds,
    rowReads,
    rowWrites: ofTable.length - rowReads,
    recorded: calls.filter((call) => call.service !== 'dynamodb' && isRead(call)).length,
  };
}

const ofRun = ({ seconds, rowReads, rowWrites }: Usage): number =>
  seconds * prices.gigabyteSecond +
  (prices.million.invocations +
    prices.million.schedules +
    rowReads * prices.million.rowReads +
    rowWrites * prices.million.rowWrites) /
    1e6;

const elsewhere = (
  { recorded }: Usage,
  times: number,
  where: keyof typeof prices.elsewhere,
): number => (times * recorded * prices.elsewhere[where]) / 1e6;
