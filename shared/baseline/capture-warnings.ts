import { names, roleArn } from '#aws/resource-names.ts';
import { accessDenied } from '#drift/dependencies/dependency.ts';
import type { States } from '#drift/kind.ts';
import { parseTrailArn, type TrailArn } from '#trail/trail-arn.ts';
import type { Baseline } from './baseline.ts';
import type { LandingZone } from './landing-zone.ts';
import { memberOf, observedDependencies } from './named-dependencies.ts';

/** A capture: the states that it stores, and what was read of the live trail, or null if the trail does not exist. */
export type CaptureToWarnOf = Pick<Baseline, 'states'> & {
  readonly trail: TrailArn;
  readonly live: States | null;
  /** The tool that manages the trail, if any. */
  readonly landingZone: LandingZone | null;
  /** The accounts of `dependencyAccounts`, as deployed. */
  readonly dependencyAccounts: readonly string[];
};

/** The warnings about a capture, one sentence with its remedy each. The baseline is stored all the same. */
export const captureWarnings = (capture: CaptureToWarnOf): readonly string[] => [
  ...warnings.flatMap((warning) => warning(capture) ?? []),
  ...unread(capture),
];

type Warning = (capture: CaptureToWarnOf) => string | null;

const ownerIsUnknown: Warning = ({ trail, states }) => {
  const bucket = memberOf(states.settings, 'S3BucketName');
  if (states.bucket === undefined || memberOf(states.bucket, 'Owner') !== null) return null;
  return `the owner of bucket ${bucket} is unknown: if the bucket is deleted, anyone can create a bucket with that name and receive the log, and trailkeeper may not detect it. Give the owner with --bucket-owner ACCOUNT, and ${letIn(trail, bucket)}`;
};

const ownerIsNotVerified: Warning = ({ trail, states, live }) => {
  const bucket = memberOf(states.settings, 'S3BucketName');
  if (memberOf(live?.bucket, 'Owner') !== 'not readable') return null;
  return `your credentials cannot verify that bucket ${bucket} belongs to ${memberOf(states.bucket, 'Owner')}: if the role of trailkeeper cannot either, each sweep reports it as critical. To grant access, ${letIn(trail, bucket)}`;
};

/** One warning for each account: its dependencies have fields that were not read, so the baseline does not protect them. */
function unread({ trail, states, live, dependencyAccounts }: CaptureToWarnOf): readonly string[] {
  const hasUnread = ({ kind }: { readonly kind: string }) =>
    Object.entries(live?.[kind] ?? {}).some(
      ([field, value]) =>
        value === accessDenied && field !== 'Owner' && memberOf(states[kind], field) === null,
    );
  const named = observedDependencies(trail, states).filter(hasUnread);
  return [...Map.groupBy(named, ({ account }) => account)].flatMap(([account, all]) => {
    if (account === null) return [];
    const titles = all.map(({ title }) => title).join(', ');
    const remedy = readingRemedy(account, { trail, dependencyAccounts });
    return `not protected, because your credentials may not read it: ${titles}, of account ${account}. ${remedy}`;
  });
}

function readingRemedy(
  account: string,
  { trail, dependencyAccounts }: Pick<CaptureToWarnOf, 'trail' | 'dependencyAccounts'>,
): string {
  if (account === parseTrailArn(trail).accountId) {
    return 'Give yourself the permissions in docs/cli.md, and capture again';
  }
  const again = `capture again with --dependency-profile, a profile of account ${account}`;
  return dependencyAccounts.includes(account)
    ? `To protect it, ${again}`
    : `To protect it, add the account to dependencyAccounts in cdk.json (npx --no -- trailkeeper init does), deploy, deploy its role (npx --no -- trailkeeper deploy --dependencies ${account}), and ${again}`;
}

const isOfLandingZone: Warning = ({ landingZone }) =>
  landingZone &&
  `${landingZone} manages this trail: open a maintenance window before each update of the landing zone (docs/operations.md, "Landing zones")`;

const warnings: readonly Warning[] = [ownerIsUnknown, ownerIsNotVerified, isOfLandingZone];

const letIn = (trail: TrailArn, bucket: unknown): string => {
  const { accountId: account, region } = parseTrailArn(trail);
  const role = roleArn({ account, region }, names.reconcileRole);
  const [, partition] = trail.split(':');
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: account },
    Action: 's3:ListBucket',
    Resource: `arn:${partition}:s3:::${bucket}`,
    Condition: { ArnEquals: { 'aws:PrincipalArn': role } },
  };
  return `add this statement to the bucket policy: ${JSON.stringify(statement)}`;
};
