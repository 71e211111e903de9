import type { Secret } from '#aws/secret.ts';
import type { Severity } from '#drift/impact.ts';
import type { Alert } from './alert.ts';

/** A notification channel: the contract of every file in `channels/`. */
export interface Channel {
  readonly name: string;

  /** The permissions that the function's role needs for it; none if the channel is not configured. */
  permissions(reach: AlertReach): readonly ChannelPermission[];

  /** Opens the channel; null if it is not configured. */
  open(config: AlertConfig, runtime: ChannelRuntime): Promise<Sender | null>;
}

/** An opened channel. */
export type Sender = {
  /** Whether a sent message can be edited. If not, a repair in flight is not sent, only its result. */
  readonly canEdit: boolean;
  /** Alerts of a lower severity are not sent here. */
  readonly minSeverity: Severity;
  /** Whether changes of trailkeeper itself are sent here. The topic gets them from EventBridge rules. */
  readonly receivesTamperAlerts: boolean;
  /** Sends an alert. Returns the thread for further alerts of the same record, if there is one. Throws `ChannelError`. */
  send(alert: Alert, target: Target): Promise<Thread | null>;
};

/** The thread that the record has by now, and whether to edit its message without a new one. */
export type Target = { readonly thread: Thread | null; readonly isUpdate: boolean };

/** Where the first message of a record is. */
export type Thread = { readonly channel: string; readonly ts: string };

/** The configuration of notifications. */
export type AlertConfig = {
  /** The ARN of the topic that people subscribe to. */
  readonly topic: string;
  /** The lowest severity that is sent to the topic; null for none. */
  readonly sns: Severity | null;
  /** The name or ARN of Slack's secret, and the channel that a bot posts to. */
  readonly slack: { readonly secret: string; readonly channel: string | null } | null;
  /** Whether principals and IP addresses are left out of alerts. */
  readonly redactPrincipals: boolean;
};

/** What the configured channels access, as ARNs. */
export type AlertReach = { readonly topic: string | null; readonly slackSecret: string | null };

export type ChannelPermission = {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
};

/** What a channel gets from the entry point: secrets, the clock, the deadline. */
export type ChannelRuntime = {
  readonly secretOf: (id: string) => Secret;
  readonly now: () => Date;
  /** Sending may take until then; Lambda's retry does the rest. */
  readonly until: Date;
  /** The base URL of Slack in tests; null for Slack itself. */
  readonly slackUrl: string | null;
};

/** Thrown if an alert was not sent. The message contains no secret. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError' as const;
}
