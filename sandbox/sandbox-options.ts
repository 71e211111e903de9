import type { Api, CallRecord } from './api.ts';
import type { Delivery } from './delivery.ts';
import type { Invocation } from './lambda/invocation.ts';
import type { Cli } from './org-trail.ts';
import type { slackSecrets } from './slack/slack.ts';
import type { SlackMessage } from './slack/workspace.ts';
import type { Notification } from './world.ts';

export type SandboxOptions = {
  /** 0 picks a free port. */
  readonly port?: number;
  readonly mode?: 'observe' | 'enforce';
  /** The content of the Slack secret. */
  readonly slack?: keyof typeof slackSecrets;
  /** Additional configuration to deploy. */
  readonly deployment?: object;
  /** Time between two sweeps; null: sweeps run only on request. */
  readonly sweepEveryMs?: number | null;
  /** Whether trails accept advanced selectors that AWS documents only for event data stores. Default: false. */
  readonly lenientSelectors?: boolean;
  /** How long the functions assume that a read can miss a write; default: their own value. */
  readonly readLagMs?: number;
  /** How many reads of CloudTrail the functions make per second. Default: the quota. */
  readonly readsPerSecond?: number;
  /** Whether the owner of the trail lets trailkeeper restore what the trail depends on. Default: it is only reported. */
  readonly restoresDependencies?: boolean;
  /** Deploys nothing of trailkeeper and captures no trail. */
  readonly isEmpty?: boolean;
  /** The folder of an app that is already synthesized. */
  readonly cdkOut?: string;
  /** Runs the CLI, which captures the first baseline. Default: in a child process. */
  readonly cli?: Cli;
  /** Called with every API call from the start of the sandbox. */
  readonly onCall?: (call: CallRecord) => void;
  /** Awaited before each API call is performed, from the start of the sandbox. */
  readonly beforeCall?: NonNullable<Api['beforeCall']>;
};

export type Sandbox = {
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  readonly trail: string;
  readonly table: string;
  /** The outputs of the trailkeeper stack. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly calls: readonly CallRecord[];
  readonly invocations: readonly Invocation[];
  /** Starts a sweep now through its deployed schedule, with the schedule's payload unless another one is given. */
  sweep(payload?: unknown): Promise<Invocation>;
  /** Starts the schedule of light checks now. Its messages arrive immediately. */
  lightCheck(): Promise<void>;
  /** Starts the self-check now through its deployed schedule. */
  selfCheck(): Promise<Invocation>;
  /** The messages published to topics, oldest first. */
  notifications(): readonly Notification[];
  /** The messages posted to Slack, oldest first. */
  slack(): readonly SlackMessage[];
  /** Changes how events are delivered. Fields that are left out keep their value. */
  deliver(patch: Partial<Delivery>): Delivery;
  /** Waits until every event and asynchronous invocation so far has been handled or abandoned. */
  settled(): Promise<void>;
  /** Waits until everything is settled, then restores the state in which the sandbox started. */
  reset(): Promise<void>;
  /** Restarts the function processes: functions lose their memory of earlier invocations. */
  recycle(): void;
  stop(): Promise<void>;
};
