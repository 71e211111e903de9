import { createHash } from 'node:crypto';
import type { AwsCredentialIdentityProvider } from '@smithy/types';
import * as z from 'zod';
import { names } from '#aws/resource-names.ts';
import { rulesOf } from '#deployment/event-rules.ts';
import { ruleArn } from '#deployment/expected-rule.ts';
import { type DeployedResources, observeDeployment } from '#deployment/observe-deployment.ts';
import { arnsOf, ownRegionsOf, type Topology } from '#deployment/topology.ts';
import type { Alarm } from './alarm.ts';

/** The deployment as the watchtower last saw it: a hash of each resource. */
export const deploymentMemory = z.object({
  at: z.iso.datetime(),
  hashes: z.record(z.string(), z.string()),
  /** What changed and is not reported yet, because more may change: an upgrade is one message. */
  changing: z.array(z.string()).default([]),
  /** The checks in a row in which a part could not be read. */
  unreadChecks: z.number().default(0),
});
export type DeploymentMemory = z.infer<typeof deploymentMemory>;

/** Whether the next check of the deployment cannot wait: something changes, or could not be read. */
export const isUnsettled = ({ changing, unreadChecks }: DeploymentMemory): boolean =>
  changing.length > 0 || unreadChecks > 0;

/** So many checks in a row raise an alarm: one may fail by itself. */
const checksUntilUnreadable = 2;

/**
 * Reads the deployment, and gives what changed, whatever it was: the watchtower does not know how it must be. What is gone is reported at
 * once, another change by the next check, with what has changed until then: an upgrade is a message or two. A resource that cannot be read
 * counts as before, and is reported by the next check: someone may hide a change behind a denial.
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
  const hashes: Readonly<Record<string, string>> = Object.fromEntries(
    found.flatMap(([name = '', hash = '']) => {
      const kept = isUnread(name) ? before?.hashes[name] : hash;
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
  const changed = Object.keys(hashes).filter(
    (name) => before?.hashes[name] !== undefined && before.hashes[name] !== hashes[name],
  );
  const isGone = (name: string) => hashes[name] === hashOf(null);
  const waiting = before?.changing ?? [];
  const changing = [...new Set([...waiting, ...changed])];
  const isReported = waiting.length > 0 || changed.some(isGone);
  const unreadChecks = unreadable.length === 0 ? 0 : (before?.unreadChecks ?? 0) + 1;
  return {
    memory: {
      at: now.toISOString(),
      hashes,
      changing: isReported ? [] : changing,
      unreadChecks,
    },
    alarms: [
      ...(isReported ? [changedAlarm(changing, isGone, topology.account, now)] : []),
      ...(unreadChecks >= checksUntilUnreadable
        ? [unreadableAlarm(unreadable, topology.account)]
        : []),
    ],
  };
}

/** The key has the time, so that the same change is reported again if it is made again. */
const changedAlarm = (
  changing: readonly string[],
  isGone: (name: string) => boolean,
  account: string,
  now: Date,
): Alarm => ({
  key: `deployment ${now.toISOString()}`,
  severity: changing.some(isGone) ? 'critical' : 'high',
  title: `trailkeeper itself was changed in account ${account}: ${changing
    .map((name) => (isGone(name) ? `${name} is gone` : name))
    .join('; ')}`,
  remedy: 'If it was not your own deployment, treat it as a break-in, and deploy trailkeeper again',
  hasNoEnd: true,
});

const unreadableAlarm = ([first = '', ...others]: readonly string[], account: string): Alarm => ({
  key: 'deployment unreadable',
  severity: 'critical',
  title: `a change of trailkeeper itself in account ${account} would not be seen: ${first}${
    others.length === 0 ? '' : `; and ${others.length} more`
  }`,
  remedy: `Someone may have limited the role ${names.watchtower} there: find out who changed it, and deploy ${names.watchtowerAccess} again`,
});

const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

/** The resources between a call and its repair that have names known before the deployment. */
function watched(topology: Topology): DeployedResources {
  const absent = (all: readonly string[]) => Object.fromEntries(all.map((name) => [name, null]));
  const { sweep, remediate, selfCheck, alert, audit } = names;
  return {
    rules: absent(
      ownRegionsOf(topology).flatMap((at) =>
        rulesOf(at, topology).map((rule) => ruleArn(at, rule)),
      ),
    ),
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
