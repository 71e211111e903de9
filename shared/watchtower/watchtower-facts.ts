import type { ChannelSettings } from '#alert/channel-settings.ts';
import { evidenceBucketName } from '#aws/watchtower-arns.ts';
import { ConfigError, type Deployment } from '#deployment/config.ts';
import { type SigningConfig, signingConfig } from '#deployment/signing-config.ts';
import { minutesOf, sweepRate } from '#deployment/sweep-rate.ts';
import { type Topology, topologyOf } from '#deployment/topology.ts';
import type { Watchtower } from '#deployment/watchtower-config.ts';
import type { SuppressionRules } from '#reconcile/suppress-steps.ts';

/** What the function of the watchtower knows, in the file beside its code. */
export type WatchtowerFacts = {
  /** The account that it watches. */
  readonly account: string;
  /** The minutes between two sweeps there. */
  readonly period: number;
  /** In hours. */
  readonly remindEvery: number;
  readonly channels: ChannelSettings;
  /** Where trailkeeper is deployed. */
  readonly topology: Topology;
  /** The approvers' keys, and the trails that must be protected. */
  readonly signing: SigningConfig;
  readonly rules: SuppressionRules;
  /** The bucket for evidence; null if none is kept. */
  readonly evidence: string | null;
  /** The buckets of the trails that it lists. */
  readonly logBuckets: readonly string[];
  /** The ID of the organization; null if there is none. */
  readonly organization: string | null;
  /** Whether it restores what no sweep restores. */
  readonly restores: boolean;
};

export const watchtowerFacts = (
  deployment: Deployment,
  { account, channels, restore, logBuckets, evidenceDays }: Watchtower,
): WatchtowerFacts => ({
  account: deployment.account,
  period: minutesOf(sweepRate(deployment.sweepEvery)),
  remindEvery: deployment.alerts.remindEvery,
  channels,
  topology: topologyOf(deployment),
  signing: signingConfig(deployment),
  rules: {
    maxWindowHours: deployment.maxWindowHours,
    repairsBeforeBackoff: deployment.repairsBeforeBackoff,
  },
  restores: restore,
  evidence:
    evidenceDays === undefined ? null : evidenceBucketName({ account, region: deployment.region }),
  logBuckets,
  organization: deployment.organization?.id ?? null,
});

/** The configuration of the watchtower. Throws `ConfigError` if there is none. */
export function requireWatchtower({ watchtower }: Pick<Deployment, 'watchtower'>): Watchtower {
  if (watchtower !== undefined) return watchtower;
  throw new ConfigError(
    'cdk.json: trailkeeper.watchtower: is missing: name its account, for example { "account": "444455556666" }',
  );
}
