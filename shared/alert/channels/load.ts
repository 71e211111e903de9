import type { Channel, ChannelRuntime, Sender } from '../channel.ts';
import type { ChannelName, ChannelSettings, SettingsOf } from '../channel-settings.ts';

/** Loads the code of one channel. */
const loaders: { readonly [Name in ChannelName]: () => Promise<Channel<Name>> } = {
  sns: async () => (await import('./sns.ts')).sns,
  slack: async () => (await import('./slack.ts')).slack,
  pagerduty: async () => (await import('./pagerduty.ts')).pagerduty,
  jsm: async () => (await import('./jsm.ts')).jsm,
  teams: async () => (await import('./teams.ts')).teams,
  webhook: async () => (await import('./webhook.ts')).webhook,
  email: async () => (await import('./email.ts')).email,
  securityhub: async () => (await import('./securityhub.ts')).securityhub,
  eventbridge: async () => (await import('./eventbridge.ts')).eventbridge,
};

/** A channel that is configured. */
export type ConfiguredChannel = {
  readonly name: ChannelName;
  readonly minSeverity: SettingsOf<Exclude<ChannelName, 'sns'>>['minSeverity'];
  open(runtime: ChannelRuntime): Promise<Sender>;
};

/** The channels that are configured. Their code is loaded when they are opened. */
export const configuredChannels = (channels: ChannelSettings): readonly ConfiguredChannel[] =>
  (Object.keys(loaders) as ChannelName[]).flatMap((name) => configured(name, channels[name]));

function configured<Name extends ChannelName>(
  name: Name,
  settings: SettingsOf<Name> | undefined,
): readonly ConfiguredChannel[] {
  if (settings === undefined || settings.minSeverity === 'never') return [];
  const { minSeverity } = settings;
  const open = async (runtime: ChannelRuntime) => (await loaders[name]()).open(settings, runtime);
  return [{ name, minSeverity, open }];
}
