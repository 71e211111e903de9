import type { AccountRegion } from '../account-region.ts';
import { arnPrefix } from '../home.ts';
import { AwsError } from '../service.ts';
import type { World } from '../world.ts';

// Each rule takes the value that the caller sent and returns the stored value, or throws AWS's error. Messages marked *
// are AWS's, as publicly reported; the others are approximations.

const ipAddress = /^\d{1,3}(\.\d{1,3}){3}$/;

// * except the last two: moto's test_cloudtrail.py, clouddrove/terraform-aws-cloudtrail#14 (blank). A missing name is
// treated as blank: TrailNotProvidedException is "no longer in use" (API reference).
export const trailName = rule('InvalidTrailNameException', [
  [/^$/, 'Trail name cannot be blank!'],
  [/^.{1,2}$/s, 'Trail name too short. Minimum allowed length: 3 characters.'],
  [/^.{129,}$/s, 'Trail name too long. Maximum allowed length: 128 characters.'],
  [/^[^a-zA-Z0-9]/, 'Trail name must starts with a letter or number.'],
  [/[^a-zA-Z0-9]$/, 'Trail name must ends with a letter or number.'],
  [
    /[^a-zA-Z0-9._-]/,
    'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).',
  ],
  [/[._-]{2}/, 'Trail name cannot have adjacent periods, underscores or dashes.'],
  [ipAddress, 'Trail name cannot be in IP address format.'],
]);

// Amazon S3 User Guide, "General purpose bucket naming rules", without the reserved prefixes and suffixes.
export const bucketName = rule('InvalidS3BucketNameException', [
  [/^$/, 'Bucket name cannot be blank!'],
  [/^.{1,2}$|^.{64,}$/s, 'Bucket name must be between 3 and 63 characters long.'],
  [/[^a-z0-9.-]/, 'Bucket name can contain only lowercase letters, numbers, dots and hyphens.'],
  [/^[.-]|[.-]$/, 'Bucket name must begin and end with a letter or number.'],
  [/\.\./, 'Bucket name must not contain two adjacent periods.'],
  [ipAddress, 'Bucket name must not be formatted as an IP address.'],
]);

export const keyPrefix = rule('InvalidS3PrefixException', [
  [/^.{201,}$/s, 'S3 key prefix is too long. Maximum allowed length: 200 characters.'],
]);

const topic = rule('InvalidSnsTopicNameException', [
  [/^.{257,}$/s, 'SNS topic name is too long. Maximum allowed length: 256 characters.'],
  [
    new RegExp(`^(?!(${arnPrefix}:sns:[a-z0-9-]+:\\d{12}:)?[\\w-]+$)`),
    'SNS topic name or ARN is not valid.',
  ],
]);

/** The ARN of a topic given by name or ARN. A name refers to the trail's account and home Region. */
export const topicArn = (value: string, { accountId, region }: AccountRegion): string =>
  topic(value).startsWith('arn:') ? value : `${arnPrefix}:sns:${region}:${accountId}:${value}`;

const keyForms = [
  `(${arnPrefix}:kms:[a-z0-9-]+:\\d{12}:)?alias/[\\w/-]+`,
  `(${arnPrefix}:kms:[a-z0-9-]+:\\d{12}:key/)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`,
  `(${arnPrefix}:kms:[a-z0-9-]+:\\d{12}:key/)?mrk-[0-9a-f]{32}`,
];

const key = rule('InvalidKmsKeyIdException', [
  [
    new RegExp(`^(?!(${keyForms.join('|')})$)`),
    'KMS key must be a key ID, a key ARN, an alias name or an alias ARN.',
  ],
]);

/** The key ARN for an alias name, alias ARN, key ID or key ARN; keys of other accounts are allowed. */
export const keyArn = (
  value: string,
  { accountId, region }: AccountRegion,
  world: World,
): string => {
  const name = key(value).startsWith('alias/') ? value : `key/${value}`;
  const arn = value.startsWith('arn:') ? value : `${arnPrefix}:kms:${region}:${accountId}:${name}`;
  const found = world.aliases.get(arn) ?? arn;
  if (world.keys.has(found)) return found;
  throw new AwsError('KmsKeyNotFoundException', `KMS key ${value} does not exist.`);
};

// Log group and role must belong to the caller's account (API reference): "You must use a log group that exists in your
// account". CloudTrail requires the ARN with the log-stream wildcard (Terraform's documentation of aws_cloudtrail).
// * hashicorp/terraform-provider-aws#18038.
export const logGroupArn = (value: string, { accountId }: AccountRegion): string =>
  rule('InvalidCloudWatchLogsLogGroupArnException', [
    [
      new RegExp(`^(?!${arnPrefix}:logs:[a-z0-9-]+:${accountId}:log-group:[\\w./#-]{1,512}:\\*$)`),
      "Check the log group ARN: CloudTrail can't validate it.",
    ],
  ])(value);

export const logRoleArn = (value: string, { accountId }: AccountRegion): string =>
  rule('InvalidCloudWatchLogsRoleArnException', [
    [
      new RegExp(`^(?!${arnPrefix}:iam::${accountId}:role/[\\w+=,.@/-]+$)`),
      "Check the role ARN: CloudTrail can't validate it.",
    ],
  ])(value);

export function rule(code: string, faults: readonly (readonly [fault: RegExp, message: string])[]) {
  return (value: string): string => {
    const found = faults.find(([fault]) => fault.test(value));
    if (found) throw new AwsError(code, found[1]);
    return value;
  };
}
