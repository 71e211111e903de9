import { names } from '#aws/resource-names.ts';

/** What the role of the function reaches. */
export type RecoverReach = {
  readonly partition: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly logBuckets: readonly string[];
  /** Whether it reads the event history of member accounts. */
  readonly isOrganization: boolean;
};

export type RecoverPermission = {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
};

/** The permission to read event history, which has no resource type. Source: Service Authorization Reference, AWS CloudTrail. */
export const readHistory: RecoverPermission = {
  actions: ['cloudtrail:LookupEvents'],
  resources: ['*'],
};

/** The permissions that the function needs: it reads event history and what the trails delivered, and writes below its prefix. */
export const recoverPermissions = ({
  partition,
  bucket,
  prefix,
  logBuckets,
  isOrganization,
}: RecoverReach): readonly RecoverPermission[] => [
  readHistory,
  ...(isOrganization
    ? [
        {
          actions: ['sts:AssumeRole'],
          resources: [`arn:${partition}:iam::*:role/${names.eventHistory}`],
        },
      ]
    : []),
  {
    actions: ['s3:GetObject', 's3:PutObject'],
    resources: [`arn:${partition}:s3:::${bucket}/${prefix}/*`],
  },
  {
    actions: ['s3:ListBucket'],
    resources: [...new Set([bucket, ...logBuckets])].map((one) => `arn:${partition}:s3:::${one}`),
  },
  {
    actions: ['s3:GetObject'],
    resources: logBuckets.map((one) => `arn:${partition}:s3:::${one}/*AWSLogs/*`),
  },
];
