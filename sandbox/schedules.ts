import { setTimeout } from 'node:timers/promises';
import { arnPrefix, home } from './home.ts';
import { authorize } from './iam.ts';
import type { Invocation } from './lambda/invocation.ts';
import type { Lambda } from './lambda/run.ts';
import { sessionOf } from './principal.ts';
import { deliverMessage } from './queue-mappings.ts';
import type { Sqs } from './sqs.ts';
import type { Schedule, World } from './world.ts';

export type SchedulesOptions = {
  readonly world: World;
  readonly lambda: Pick<Lambda, 'invoke'>;
  readonly sqs: Pick<Sqs, 'send' | 'arnOf'>;
  readonly background: { add(work: Promise<void>): void; settled(): Promise<void> };
  readonly invokeAsync: (functionArn: string, payload: unknown) => Promise<void>;
  /** The schedules of the first deployment, by ARN. */
  readonly asDeployed: ReadonlyMap<string, Schedule>;
};

/** The deployed schedules and what they start. Source: EventBridge Scheduler user guide. */
export function schedules(options: SchedulesOptions) {
  const { world, lambda, sqs, background, invokeAsync, asDeployed } = options;
  return { startNow, lightCheck: () => sendMessages(deployed(lightChecks), 0), tick };

  /** A schedule as deployed, even if a caller has changed or deleted it. */
  function deployed(name: string): readonly [arn: string, schedule: Schedule] {
    const arn = arnOf(name);
    const schedule = asDeployed.get(arn);
    if (schedule === undefined) throw new Error(`schedule ${arn} does not exist`);
    return [arn, schedule];
  }

  async function startNow(name: string, payload?: unknown): Promise<Invocation> {
    const [arn, schedule] = deployed(name);
    return start(arn, schedule, () =>
      lambda.invoke(schedule.Target.Arn, payload ?? inputOf(schedule)),
    );
  }

  /** Starts each schedule repeatedly, also one that is deployed later. The others keep their pace relative to the sweep. */
  function tick(sweepEveryMs: number): { stop(): void } {
    const ticking = new Map<string, { stop(): void }>();
    const startNew = () => {
      const minuteMs = sweepEveryMs / minutesOf(world.schedules.get(arnOf('Trailkeeper-Sweep')));
      for (const [arn, schedule] of world.schedules) {
        if (ticking.has(arn)) continue;
        const everyMs = minuteMs * minutesOf(schedule);
        ticking.set(
          arn,
          repeat(() => atItsTime(arn, minuteMs), everyMs),
        );
      }
    };
    startNew();
    const following = repeat(async () => startNew(), sweepEveryMs);
    return {
      stop() {
        following.stop();
        for (const { stop } of ticking.values()) stop();
      },
    };
  }

  /** A scheduled run. Does nothing if the schedule was deleted or disabled. */
  async function atItsTime(arn: string, minuteMs: number): Promise<void> {
    const schedule = world.schedules.get(arn);
    if (schedule?.State !== 'ENABLED') return;
    if (queueUrlOf(schedule) !== undefined) return sendMessages([arn, schedule], minuteMs);
    await start(arn, schedule, () => invokeAsync(schedule.Target.Arn, inputOf(schedule)));
  }

  /**
   * Sends the messages of a schedule whose target is SendMessageBatch. Each arrives after its delay, which is scaled
   * like a minute. Source: "Using universal targets in EventBridge Scheduler".
   */
  async function sendMessages(
    [arn, schedule]: readonly [arn: string, schedule: Schedule],
    minuteMs: number,
  ): Promise<void> {
    const { Entries } = inputOf(schedule) as {
      readonly Entries: readonly { readonly MessageBody: string; readonly DelaySeconds: number }[];
    };
    const queue = sqs.arnOf(queueUrlOf(schedule) ?? '');
    const handAll = async () => {
      let passed = 0;
      for (const { MessageBody, DelaySeconds } of Entries) {
        await setTimeout(((DelaySeconds - passed) / 60) * minuteMs);
        passed = DelaySeconds;
        await deliverMessage({ world, lambda }, queue, MessageBody);
      }
    };
    await start(arn, schedule, async () => background.add(handAll()));
    if (minuteMs === 0) await background.settled();
  }

  /**
   * Starts with the permissions of the schedule's role. A start that fails goes to the schedule's dead-letter queue.
   * Source: "Configuring a schedule's dead-letter queue".
   */
  async function start<Started>(
    scheduleArn: string,
    schedule: Schedule,
    invoke: () => Promise<Started>,
  ): Promise<Started> {
    const { Target } = schedule;
    const session = sessionOf(Target.RoleArn, 'scheduler', 'scheduler');
    const may = (action: string, resource: string): Promise<void> =>
      authorize(world, session, [{ action, resource }]);
    const url = queueUrlOf(schedule);
    try {
      await (url === undefined
        ? may('lambda:InvokeFunction', Target.Arn)
        : may('sqs:SendMessage', sqs.arnOf(url)));
      return await invoke();
    } catch (error) {
      const queue = Target.DeadLetterConfig?.Arn;
      if (queue !== undefined) {
        await may('sqs:SendMessage', queue);
        const about = { SCHEDULE_ARN: scheduleArn, TARGET_ARN: Target.Arn };
        sqs.send(queue, inputOf(schedule), about);
      }
      throw error;
    }
  }
}

const lightChecks = 'Trailkeeper-LightChecks';

const arnOf = (name: string): string =>
  `${arnPrefix}:scheduler:${home.region}:${home.accountId}:schedule/default/${name}`;

const inputOf = ({ Target }: Schedule): unknown => JSON.parse(Target.Input ?? '{}');

/** The queue that a schedule sends messages to; undefined if it invokes a function. */
const queueUrlOf = (schedule: Schedule): string | undefined =>
  (inputOf(schedule) as { readonly QueueUrl?: string }).QueueUrl;

/** The minutes of `rate(5 minutes)`. */
function minutesOf(schedule: Schedule | undefined): number {
  const [, count = '1', unit = ''] =
    /^rate\((\d+) (\w+)\)$/.exec(schedule?.ScheduleExpression ?? '') ?? [];
  return Number(count) * (unit.startsWith('hour') ? 60 : 1);
}

/** Runs a task repeatedly, waiting the given time before each run. */
function repeat(task: () => Promise<unknown>, everyMs: number): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const again = () => {
    if (stopped) return;
    timer = globalThis.setTimeout(() => task().catch(console.error).finally(again), everyMs);
  };
  again();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
