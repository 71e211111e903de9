import { createHash } from 'node:crypto';
import type { AwsCredentialIdentityProvider } from '@smithy/types';
import * as z from 'zod';
import { names } from '#aws/resource-names.ts';
import { rulesOf } from '#deployment/event-rules.ts';
import { ruleArn } from '#deployment/expected-rule.ts';
import { type DeployedResources, observeDeployment } from '#deployment/observe-deployment.ts';
import { accountRegionsOf, arnsOf, type Topology } from '#deployment/topology.ts';
import type { Alarm } from './alarm.ts';

/** The deployment as the watchtower last saw it: a hash of each resource. */
export const deploymentMemory = z.object({
  at: z.iso.datetime(),
  hashes: z.record(z.string(), z.string()),
  /** What changed and is not reported yet, because more may change: an upgrade is one message. */
  changing: z.array(z.string()).default([]),
  /** The checks in a row that saw changes. */
  waits: z.number().default(0),
});
export type DeploymentMemory = z.infer<typeof deploymentMemory>;

/** After so many checks a change is reported although more and more changes, so that no one hides behind changes. */
const mostWaits = 10;

/**
 * Reads the deployment, and gives what changed, whatever it was: the watchtower does not know how it must be. A resource that cannot be
 * read counts as before. What is gone is reported at once, another change by the first check that sees no further one.
 */
export async function checkDeployment(
  before: DeploymentMemory | null,
  topology: Topology,
  credentials: AwsCredentialIdentityProvider,
  now: Date,
): Promise<{ readonly memory: DeploymentMemory; readonly alarms: readonly Alarm[] }> {
  const { observed, unreadable } = await observeDeployment(watched(topology), { credentials });
  const isUnread = (name: string) => unreadable.some((text) => text.startsWith(`${name} `));
  const found = Object.entries<Readonly<Record<string, unknown>>>(observed).flatMap(
    ([type, resources]) =>
      Object.entries(resources).map(([name, resource]) => [`${type}: ${name}`, hashOf(resource)]),
  );
  const hashes = Object.fromEntries(
    found.map(([name = '', hash]) => [name, isUnread(name) ? before?.hashes[name] : hash]),
  );
  const changed = Object.keys(hashes).filter(
    (name) => before?.hashes[name] !== undefined && before.hashes[name] !== hashes[name],
  );
  const isGone = (name: string) => hashes[name] === hashOf(null);
  const changing = [...new Set([...(before?.changing ?? []), ...changed])];
  const waits = (before?.waits ?? 0) + 1;
  const memory = { at: now.toISOString(), hashes: withoutAbsent(hashes), changing: [], waits: 0 };
  if (changing.length === 0) return { memory, alarms: [] };
  const isWaiting = changed.length > 0 && !changed.some(isGone) && waits < mostWaits;
  if (isWaiting) return { memory: { ...memory, changing, waits }, alarms: [] };
  return {
    memory,
    alarms: [
      {
        key: `deployment ${hashOf(hashes)}`,
        severity: changing.some(isGone) ? 'critical' : 'high',
        title: `trailkeeper itself was changed in account ${topology.account}: ${changing
          .map((name) => (isGone(name) ? `${name} is gone` : name))
          .join('; ')}`,
        remedy:
          'If it was not your own deployment, treat it as a break-in, and deploy trailkeeper again',
        hasNoEnd: true,
      },
    ],
  };
}

const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

const withoutAbsent = (hashes: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(hashes).flatMap(([name, hash]) => (hash === undefined ? [] : [[name, hash]])),
  ) as Record<string, string>;

/** The resources between a call and its repair that have names known before the deployment. */
function watched(topology: Topology): DeployedResources {
  const own = accountRegionsOf(topology).filter(({ account }) => account === topology.account);
  const absent = (all: readonly string[]) => Object.fromEntries(all.map((name) => [name, null]));
  const { sweep, remediate, selfCheck, alert, audit } = names;
  return {
    rules: absent(own.flatMap((at) => rulesOf(at, topology).map((rule) => ruleArn(at, rule)))),
    functions: absent([sweep, remediate, selfCheck, alert, audit]),
    functionUrls: {},
    mappings: {},
    schedules: absent([names.sweep, names.selfCheck]),
    roles: absent([
      names.reconcileRole,
      names.selfCheckRole,
      names.alertRole,
      names.auditRole,
      names.scheduleRole,
      names.watchtower,
    ]),
    tablePolicies: absent([arnsOf(topology).table]),
    buses: absent([names.bus]),
    stateMachines: {},
    undelivered: {},
  };
}
