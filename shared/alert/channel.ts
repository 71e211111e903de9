import type { Secret } from '#aws/secret.ts';
import type { Alert } from './alert.ts';
import type { ChannelName, SettingsOf } from './channel-settings.ts';

/** A notification channel: the contract of every file in `channels/`. */
export interface Channel<Name extends ChannelName> {
  readonly name: Name;

  /** The secret that it reads; left out if it needs none. */
  readonly secret?: ChannelSecret;

  /** The permissions that the function's role needs for it, beside that to read its secret. */
  permissions(settings: SettingsOf<Name>, reach: AlertReach): readonly ChannelPermission[];

  /** Opens the channel. */
  open(settings: SettingsOf<Name>, runtime: ChannelRuntime): Promise<Sender>;
}

/** A secret of Secrets Manager that a person fills in. */
export type ChannelSecret = {
  /** The name of the secret that the stack creates: `Trailkeeper-` and the name of the product. */
  readonly name: string;
  /** What a person stores in it. */
  readonly holds: string;
  /** Says what the text of the secret is. Throws `SecretError`, which never contains the text. */
  describe(text: string): string;
};

/** The output of the stack that has the ARN of the secret: `SlackSecretArn`. */
export const secretOutput = ({ name }: Pick<ChannelSecret, 'name'>): string =>
  `${name.replace(/^Trailkeeper-/, '')}SecretArn`;

/** An opened channel. */
export type Sender = {
  /** Whether a sent message can be edited. If not, a repair in flight is not sent, only its result. */
  readonly canEdit: boolean;
  /** Whether changes of trailkeeper itself are sent here. The topic gets them from EventBridge rules. */
  readonly receivesTamperAlerts: boolean;
  /** Sends an alert. Returns the thread for further alerts of the same record, if there is one. Throws `ChannelError`. */
  send(alert: Alert, target: Target): Promise<Thread | null>;
};

/** What an alert is sent to. */
export type Target = {
  /** The same for every alert of a record, and for no other record: other products deduplicate by it. Hexadecimal digits. */
  readonly key: string;
  /** The same if this alert is sent once more, so that a receiver can drop it. Hexadecimal digits. */
  readonly id: string;
  /** Whether nothing was delivered about the record yet. */
  readonly isFirst: boolean;
  /** Whether an earlier attempt to deliver news of the record ended without a result: it may have arrived nevertheless. */
  readonly mayHaveArrived: boolean;
  /** Whether someone has acknowledged the incident since the last delivery. */
  readonly isAcknowledgement: boolean;
  /** The thread that the record has by now. */
  readonly thread: Thread | null;
  /** Whether to edit the message of the record without a new one. */
  readonly isUpdate: boolean;
};

/** What products for those on call need to know of a target. */
export type PagerTarget = Pick<Target, 'key' | 'isFirst' | 'isAcknowledgement'>;

/** Where the first message of a record is. */
export type Thread = { readonly channel: string; readonly ts: string };

/** Where the function runs, and the ARN of the topic. */
export type AlertReach = {
  readonly topic: string;
  readonly account: string;
  readonly region: string;
  readonly partition: string;
};

export type ChannelPermission = {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** What a channel gets from the entry point: secrets, the clock, the deadline. */
export type ChannelRuntime = {
  readonly secretOf: (id: string) => Secret;
  readonly now: () => Date;
  /** Sending may take until then; Lambda's retry does the rest. */
  readonly until: Date;
  /** The ARN of the topic. */
  readonly topic: string;
  /** The base URL of every product in tests; null for the product itself. */
  readonly endpointUrl: string | null;
};

/** Thrown if an alert was not sent. The message contains no secret. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError' as const;
}
