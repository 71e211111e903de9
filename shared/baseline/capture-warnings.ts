import { names, roleArn } from '#aws/resource-names.ts';
import type { States } from '#drift/kind.ts';
import { parseTrailArn, type TrailArn } from '#trail/trail-arn.ts';
import type { Baseline } from './baseline.ts';
import type { LandingZone } from './landing-zone.ts';

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
export const captureWarnings = (capture: CaptureToWarnOf): readonly string[] =>
  warnings.flatMap((warning) => warning(capture) ?? []);

type Warning = (capture: CaptureToWarnOf) => string | null;

const ownerIsUnknown: Warning = ({ trail, states }) => {
  const bucket = member(states.settings, 'S3BucketName');
  if (states.bucket === undefined || member(states.bucket, 'Owner') !== null) return null;
  return `the owner of bucket ${bucket} is unknown: if the bucket is deleted, anyone can create a bucket with that name and receive the log, and trailkeeper may not detect it. Give the owner with --bucket-owner ACCOUNT, and ${letIn(trail, bucket)}`;
};

const ownerIsNotVerified: Warning = ({ trail, states, live }) => {
  const bucket = member(states.settings, 'S3BucketName');
  if (member(live?.bucket, 'Owner') !== 'not readable') return null;
  return `your credentials cannot verify that bucket ${bucket} belongs to ${member(states.bucket, 'Owner')}: if the role of trailkeeper cannot either, each sweep reports it as critical. To grant access, ${letIn(trail, bucket)}`;
};

/** The owner is known, and the policy was not read: only that account can read it. */
const contentsAreNotRead: Warning = ({ states, live, dependencyAccounts }) => {
  const bucket = member(states.settings, 'S3BucketName');
  const owner = member(states.bucket, 'Owner');
  const wasDenied = member(live?.bucket, 'CloudTrailStatements') === 'not readable';
  if (typeof owner !== 'string' || !wasDenied || isAnyProtected(states.bucket)) return null;
  const problem = `the policy and the configuration of bucket ${bucket} are not protected, because only account ${owner} can read them`;
  if (dependencyAccounts.includes(owner)) {
    return `${problem}: capture again with --dependency-profile, a profile of account ${owner}`;
  }
  return `${problem}: add it to dependencyAccounts in cdk.json, deploy its role (npx --no -- trailkeeper deploy --dependencies ${owner}), and capture again with --dependency-profile, a profile of that account`;
};

const isAnyProtected = (bucket: object | undefined): boolean =>
  member(bucket, 'CloudTrailStatements') !== null;

const isOfLandingZone: Warning = ({ landingZone }) =>
  landingZone &&
  `${landingZone} manages this trail: open a maintenance window before each update of the landing zone (docs/operations.md, "Landing zones")`;

const warnings: readonly Warning[] = [
  ownerIsUnknown,
  ownerIsNotVerified,
  contentsAreNotRead,
  isOfLandingZone,
];

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

const member = (state: object | undefined, name: string): unknown =>
  state && Reflect.get(state, name);
