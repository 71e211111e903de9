import type { World } from './world.ts';

/**
 * Policies that name a role show its unique id once it is deleted, in any account. Source: IAM user guide, "AWS JSON policy elements:
 * Principal", "IAM role principals".
 */
export function showUniqueId(world: World, arn: string): void {
  const shown = (policy: string) => policy.replaceAll(`"${arn}"`, `"${uniqueId(arn)}"`);
  for (const [name, bucket] of world.buckets) {
    if (bucket.policy) world.buckets.set(name, { ...bucket, policy: shown(bucket.policy) });
  }
  for (const [name, key] of world.keys) world.keys.set(name, { ...key, policy: shown(key.policy) });
  for (const [name, topic] of world.topics) {
    world.topics.set(name, { ...topic, policy: shown(topic.policy) });
  }
  for (const [name, role] of world.roles) {
    world.roles.set(name, { ...role, trust: JSON.parse(shown(JSON.stringify(role.trust))) });
  }
}

/** Whether a policy that is put names a deleted principal. AWS refuses it: ministryofjustice/analytical-platform#4932. */
export const namesDeletedPrincipal = (policy: string): boolean => /"AROA[A-Z0-9]+"/.test(policy);

const uniqueId = (arn: string): string =>
  `AROA${arn
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .toUpperCase()
    .slice(-17)}`;
