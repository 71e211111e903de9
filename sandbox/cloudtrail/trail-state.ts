import type {
  AdvancedEventSelector,
  AggregationConfiguration,
  EventSelector,
  GetTrailStatusResponse,
  InsightSelector,
  Tag,
} from '@aws-sdk/client-cloudtrail';

/** The fields of a trail's status that a test can override. */
export type StatusFields = Omit<Partial<GetTrailStatusResponse>, '$metadata'>;

/** The times of the last delivery to each destination, and of the last attempt. */
export type Deliveries = Pick<
  GetTrailStatusResponse,
  | 'LatestDeliveryTime'
  | 'LatestNotificationTime'
  | 'LatestCloudWatchLogsDeliveryTime'
  | 'LatestDigestDeliveryTime'
> & { readonly attempts?: { readonly delivery?: Date; readonly notification?: Date } };

/** The trails of all accounts, by ARN. Shadow trails are not stored. */
export type Trails = Map<string, Trail>;

export type Trail = Identity & {
  readonly settings: Settings;
  readonly logging: Logging;
  /** As of the last change of the trail or a destination. */
  readonly delivered: Deliveries;
  readonly selectors: Selectors;
  readonly insightSelectors: InsightSelector[];
  readonly aggregationConfigurations: AggregationConfiguration[];
  readonly tags: Tag[];
};

/** A trail without selectors, tags or deliveries: what no call or template has set. */
export const emptyTrail = {
  delivered: {},
  insightSelectors: [],
  aggregationConfigurations: [],
  tags: [],
} satisfies Partial<Trail>;

export type Identity = {
  readonly arn: string;
  readonly accountId: string;
  readonly homeRegion: string;
  readonly name: string;
};

/** The fields that CreateTrail and UpdateTrail set, with their response names. */
export type Settings = {
  readonly S3BucketName: string;
  readonly S3KeyPrefix?: string;
  readonly SnsTopicARN?: string;
  /** The topic's name or ARN, as the caller sent it. */
  readonly SnsTopicName?: string;
  readonly IncludeGlobalServiceEvents: boolean;
  readonly IsMultiRegionTrail: boolean;
  readonly IsOrganizationTrail: boolean;
  readonly LogFileValidationEnabled: boolean;
  readonly CloudWatchLogsLogGroupArn?: string;
  readonly CloudWatchLogsRoleArn?: string;
  readonly KmsKeyId?: string;
  readonly RecursiveLogging: boolean;
};

export type Logging = {
  readonly IsLogging: boolean;
  readonly StartLoggingTime?: Date;
  readonly StopLoggingTime?: Date;
};

/** A trail has basic or advanced event selectors, never both: writing one kind drops the other. */
export type Selectors =
  | { readonly EventSelectors: EventSelector[] }
  | { readonly AdvancedEventSelectors: AdvancedEventSelector[] };
