/** A message as Slack shows it, with its earlier contents. */
export type SlackMessage = {
  readonly ts: string;
  readonly channel: string;
  /** The first message of its thread; null if it is not a reply. */
  readonly threadTs: string | null;
  /** Whether a reply is also shown in the channel. */
  readonly isBroadcast: boolean;
  readonly via: 'webhook' | 'bot';
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly attachments: readonly unknown[];
  /** What the app stored with it for programs. */
  readonly metadata?: unknown;
  readonly history: readonly { readonly text: string; readonly blocks: readonly unknown[] }[];
};

/** A Slack workspace: its bots, webhooks, channels and messages. */
export type Workspace = {
  /** Tokens of the installed bots. */
  readonly tokens: readonly string[];
  /** The scopes that the bots have. */
  readonly scopes: readonly string[];
  /** Paths of the webhooks. */
  readonly webhooks: readonly string[];
  /** The IDs of the channels that the bots are in. */
  readonly channels: readonly string[];
  readonly messages: readonly SlackMessage[];
  /** What only one person sees, at the URL that came with their request. */
  readonly answers: readonly { readonly url: string; readonly text: string }[];
  /** The modals that were opened, by a trigger. */
  readonly modals: readonly { readonly trigger: string; readonly view: object }[];
};
