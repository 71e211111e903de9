import type { DataResource, EventSelector } from '@aws-sdk/client-cloudtrail';
import { arnPrefix } from '../home.ts';
import { flag, list } from './input.ts';
import { invalid, invalidSelectors, noSelectors } from './invalid-selectors.ts';
import { oneOf, structure, texts } from './members.ts';

/** Basic event selectors with every field that CloudTrail returns, whether it was sent or not. */
export const basicSelectors = (value: unknown): EventSelector[] => {
  const selectors = list(value).map(selector);
  if (selectors.length < 1 || selectors.length > 5) throw noSelectors();
  checkCount(selectors);
  return selectors;
};

// Recorded PutEventSelectors responses contain all four fields. Message: AWS's, as reported in
// awsdocs/aws-cloudformation-user-guide#752. Published attacks show that resources without values are accepted (Stratus
// Red Team, cloudtrail-event-selectors).
const selector = (value: unknown): EventSelector => {
  const { ReadWriteType, IncludeManagementEvents, DataResources, ExcludeManagementEventSources } =
    structure(value);
  const selected = {
    ReadWriteType: readWriteType(ReadWriteType ?? 'All'),
    IncludeManagementEvents: flag(IncludeManagementEvents ?? true),
    DataResources: list(DataResources).map(dataResource),
    ExcludeManagementEventSources: texts(ExcludeManagementEventSources).map(excludable),
  };
  if (selected.IncludeManagementEvents || selected.DataResources.length > 0) return selected;
  throw invalidSelectors(
    'Invalid combination of parameters in EventSelectors. When includeManagementEvents is false, DataResources must not be empty.',
  );
};

const readWriteType = oneOf(invalid, 'ReadWriteType', ['ReadOnly', 'WriteOnly', 'All']);

// API reference, EventSelector: the two sources that a trail can exclude.
const excludable = oneOf(invalid, 'ExcludeManagementEventSources', [
  'kms.amazonaws.com',
  'rdsdata.amazonaws.com',
]);

const resourceType = oneOf(invalid, 'DataResources.Type', [
  'AWS::S3::Object',
  'AWS::Lambda::Function',
  'AWS::DynamoDB::Table',
]);

/** The value that matches every resource of its type. */
const everything = {
  'AWS::S3::Object': `${arnPrefix}:s3`,
  'AWS::Lambda::Function': `${arnPrefix}:lambda`,
  'AWS::DynamoDB::Table': `${arnPrefix}:dynamodb`,
};

/** The ARN of a bucket: without a slash it is not an object prefix (hashicorp/terraform-provider-aws#4043). */
const isBucket = /^arn:[\w-]+:s3:::[^/]+$/;

// Message: AWS's, as reported for arn:aws:s3:::* and arn:aws:lambda:* in
// aws-samples/aws-security-reference-architecture-examples#335.
const dataResource = (value: unknown): DataResource => {
  const { Type, Values } = structure(value);
  const type = resourceType(Type);
  const values = texts(Values);
  const prefix = everything[type];
  const wrong = values.find(
    (one) =>
      (one !== prefix && !one.startsWith(`${prefix}:`)) || one.endsWith('*') || isBucket.test(one),
  );
  if (wrong === undefined) return { Type: type, Values: values };
  throw invalidSelectors(`Value ${wrong} for DataResources.Values is invalid.`);
};

// "This limit does not apply if you configure resource logging for all data events" (API reference, EventSelector).
// Message: AWS's, as reported in aws-solutions/aws-crr-monitor#7.
const checkCount = (selectors: readonly EventSelector[]) => {
  const all = Object.values(everything);
  const counted = selectors
    .flatMap(({ DataResources = [] }) => DataResources)
    .flatMap(({ Values = [] }) => Values)
    .filter((one) => !all.includes(one));
  if (counted.length <= 250) return;
  throw invalidSelectors(
    'Specify a valid number of DataResources.Values (0 to 250) for all your selectors.',
  );
};
