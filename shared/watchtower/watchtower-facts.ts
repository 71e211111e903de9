import type { AlertConfig } from '#alert/channel.ts';
import { ConfigError, type Deployment } from '#deployment/config.ts';
import { minutesOf, sweepRate } from '#deployment/heartbeat.ts';

/** What the function of the watchtower knows, in the file beside its code. */
export type WatchtowerFacts = {
  /** The account that it watches. */
  readonly account: string;
  /** The minutes between two sweeps there. */
  readonly period: number;
  /** In hours. */
  readonly remindEvery: number;
  readonly alerts: Pick<AlertConfig, 'channels'>;
};

export const watchtowerFacts = (
  { account, sweepEvery, alerts }: Deployment,
  { channels }: NonNullable<Deployment['watchtower']>,
): WatchtowerFacts => ({
  account,
  period: minutesOf(sweepRate(sweepEvery)),
  remindEvery: alerts.remindEvery,
  alerts: { channels },
});

/** The configuration of the watchtower. Throws `ConfigError` if there is none. */
export function requireWatchtower({
  watchtower,
}: Pick<Deployment, 'watchtower'>): NonNullable<Deployment['watchtower']> {
  if (watchtower !== undefined) return watchtower;
  throw new ConfigError(
    'trailkeeper.watchtower: is missing: name its account, for example { "account": "444455556666" }',
  );
}
