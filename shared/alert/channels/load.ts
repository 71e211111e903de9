import type { AlertConfig, Channel, ChannelRuntime, Sender } from '../channel.ts';
import type { ChannelName, SettingsOf } from '../channel-settings.ts';

/** Loads the code of one channel. */
const loaders: { readonly [Name in ChannelName]: () => Promise<Channel<Name>> } = {
  slack: async () => (await import('./slack.ts')).slack,
  sns: async () => (await import('./sns.ts')).sns,
};

/** A channel that is configured. */
export type ConfiguredChannel = {
  readonly name: ChannelName;
  readonly minSeverity: SettingsOf<Exclude<ChannelName, 'sns'>>['minSeverity'];
  open(runtime: ChannelRuntime): Promise<Sender>;
};

/** The channels that are configured. Their code is loaded when they are opened. */
export const configuredChannels = ({
  channels,
}: Pick<AlertConfig, 'channels'>): readonly ConfiguredChannel[] =>
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
