import type { AlertReach, Channel, ChannelPermission } from '../channel.ts';
import type { ChannelName, ChannelSettings, SettingsOf } from '../channel-settings.ts';
import { email } from './email.ts';
import { eventbridge } from './eventbridge.ts';
import { jsm } from './jsm.ts';
import { pagerduty } from './pagerduty.ts';
import { securityhub } from './securityhub.ts';
import { slack } from './slack.ts';
import { sns } from './sns.ts';
import { teams } from './teams.ts';
import { webhook } from './webhook.ts';

type Channels = { readonly [Name in ChannelName]: Channel<Name> };

/** Every notification channel. The alert function loads only those that are configured: see `load.ts`. */
export const channels: Channels = {
  sns,
  slack,
  pagerduty,
  jsm,
  teams,
  webhook,
  email,
  securityhub,
  eventbridge,
};

/** The permissions that the configured channels need, beside those to read their secrets. */
export const permissionsOf = (
  settings: ChannelSettings,
  reach: AlertReach,
): readonly ChannelPermission[] =>
  (Object.keys(channels) as ChannelName[]).flatMap((name) =>
    ofChannel(name, settings[name], reach),
  );

function ofChannel<Name extends ChannelName>(
  name: Name,
  settings: SettingsOf<Name> | undefined,
  reach: AlertReach,
): readonly ChannelPermission[] {
  if (settings === undefined || settings.minSeverity === 'never') return [];
  return channels[name].permissions(settings, reach);
}
