import { parseTrailArn, trailArn } from '#trail/trail-arn.ts';

/** The trails that a deployment can protect, as its configuration says. */
export type ProtectedScope = {
  readonly account: string;
  readonly homeRegions: readonly string[];
  /** Empty if the configuration names none: then it is every trail of the account in the home Regions. */
  readonly trails: readonly string[];
};

/** Why a deployment cannot protect a trail, and the remedy; null if it can. Text that is not a trail ARN counts as in scope. */
export function outOfScope(
  arn: string,
  { account, homeRegions, trails }: ProtectedScope,
): string | null {
  const identity = trailArn.safeParse(arn);
  if (!identity.success) return null;
  const { region, accountId } = parseTrailArn(identity.data);
  if (!homeRegions.includes(region)) {
    return `${region} is not in homeRegions: add it to cdk.json and deploy`;
  }
  if (trails.length > 0) {
    return trails.includes(arn) ? null : 'trails does not name it: add it to cdk.json and deploy';
  }
  return accountId === account
    ? null
    : `it is in account ${accountId}, and trailkeeper protects trails of ${account}: deploy trailkeeper there`;
}
