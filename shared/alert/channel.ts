import type { Secret } from '#aws/secret.ts';
import type { Severity } from '#drift/impact.ts';
import type { Alert } from './alert.ts';

/** One way to tell people: the contract that every file of this room fulfils. */
export interface Channel {
  readonly name: string;

  /** What the function's role needs to be allowed; nothing where the channel is not configured. */
  permissions(reach: AlertReach): readonly ChannelPermission[];

  /** The way to people, opened; null where the channel is not configured. */
  open(config: AlertConfig, outside: ChannelRuntime): Promise<Sender | null>;
}

/** An opened channel. */
export type Sender = {
  /** Whether what was said can be changed later. Where it can not, the end of what is soon over is waited for. */
  readonly canEdit: boolean;
  /** The least severity that is told here. */
  readonly minSeverity: Severity;
  /** Whether what was done to trailkeeper itself is told here; the topic hears of it from the rules. */
  readonly receivesTamperAlerts: boolean;
  /**
   * Tells an alert; gives the thread in which further news of it belong, if there is one. Throws `ChannelError` where people were
   * not told.
   */
  send(alert: Alert, told: Told): Promise<Thread | null>;
};

/** What was told before, and whether what there is now is news or a detail of it. */
export type Told = { readonly thread: Thread | null; readonly isNews: boolean };

/** Where the first message about an incident is. */
export type Thread = { readonly channel: string; readonly ts: string };

/** How people are told, as the configuration says; the function is told so through its environment. */
export type AlertConfig = {
  /** The ARN of the topic that people subscribe to. */
  readonly topic: string;
  /** The severity from which on the topic is told; null: never. */
  readonly sns: Severity | null;
  /** The name or the ARN of Slack's secret, and the channel of the bot. */
  readonly slack: { readonly secret: string; readonly channel: string | null } | null;
  readonly redactPrincipals: boolean;
};

/** What the channels that are configured reach, as ARNs. */
export type AlertReach = { readonly topic: string | null; readonly slackSecret: string | null };

export type ChannelPermission = {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
};

/** What a channel gets from whoever may read the environment and the clock. */
export type ChannelRuntime = {
  readonly secretOf: (id: string) => Secret;
  readonly now: () => Date;
  /** Until when telling may take; what lasts longer is left to the next attempt. */
  readonly until: Date;
  /** Where Slack is, if not where it always is. */
  readonly slackUrl: string | null;
};

/** Thrown where people were not told; the message holds no secret. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError' as const;
}
