import type {
  AdvancedEventSelector,
  AggregationConfiguration,
  EventSelector,
  InsightSelector,
  Tag,
} from '@aws-sdk/client-cloudtrail';
import { arnPrefix } from '../home.ts';
import type { Call } from '../service.ts';
import type { Place } from '../world.ts';
import { malformedArn } from './errors.ts';
import { text } from './input.ts';
import { trailName } from './rules.ts';
import type { Deliveries } from './status.ts';

/** Every trail of every account by its ARN. A shadow is not stored: it is a trail seen from elsewhere. */
export type Trails = Map<string, Trail>;

export type Trail = Identity & {
  readonly settings: Settings;
  readonly logging: Logging;
  /** As they were before the last change of anything. */
  readonly delivered: Deliveries;
  readonly selectors: Selectors;
  readonly insightSelectors: InsightSelector[];
  readonly aggregationConfigurations: AggregationConfiguration[];
  readonly tags: Tag[];
};

export type Identity = {
  readonly arn: string;
  readonly accountId: string;
  readonly homeRegion: string;
  readonly name: string;
};

/** What CreateTrail and UpdateTrail set, under the names that CloudTrail answers with. */
export type Settings = {
  readonly S3BucketName: string;
  readonly S3KeyPrefix?: string;
  readonly SnsTopicARN?: string;
  /** The topic as the caller wrote it: a name or an ARN. */
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

export const placeOf = ({ principal, region }: Call): Place => ({
  accountId: principal.accountId,
  region,
});

/** The identity behind a name or ARN as the caller typed it; a name is one of the caller's place. */
export const identify = (typed: unknown, at: Place): Identity => {
  const given = text(typed);
  if (!given.startsWith('arn:')) return identityOf(trailName(given), at);
  const [, region, accountId, name] = given.match(arnForm) ?? [];
  if (!region || !accountId || !name) throw malformedArn(given);
  return identityOf(name, { accountId, region });
};

export const trailArn = (name: string, { accountId, region }: Place): string =>
  `${arnPrefix}:cloudtrail:${region}:${accountId}:trail/${name}`;

const identityOf = (name: string, at: Place): Identity => ({
  arn: trailArn(name, at),
  accountId: at.accountId,
  homeRegion: at.region,
  name,
});

const arnForm = new RegExp(
  `^${arnPrefix}:cloudtrail:([a-z0-9-]+):(\\d{12}):trail/([a-zA-Z0-9][\\w.-]{1,126}[a-zA-Z0-9])$`,
);
