import type { PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import * as z from 'zod';
import { asSet, type Json } from '#text/diff.ts';
import { must } from '#text/schema-messages.ts';

const text = z.string(must('be text'));
const texts = z.array(text, must('be a list of text'));
const flag = z.boolean(must('be true or false'));
const number = z.number(must('be a number'));
const json = z.json();

/** The members of PutMetricAlarm, without the tags, which CloudWatch takes only for a new alarm. Source: CloudWatch API reference. */
const members = {
  AlarmDescription: text,
  ActionsEnabled: flag,
  OKActions: texts,
  AlarmActions: texts,
  InsufficientDataActions: texts,
  MetricName: text,
  Namespace: text,
  Statistic: text,
  ExtendedStatistic: text,
  Dimensions: json,
  Period: number,
  Unit: text,
  EvaluationPeriods: number,
  DatapointsToAlarm: number,
  Threshold: number,
  ComparisonOperator: text,
  TreatMissingData: text,
  EvaluateLowSampleCountPercentile: text,
  Metrics: json,
  ThresholdMetricId: text,
  EvaluationWindow: json,
  WarmUpConfiguration: json,
  EvaluationCriteria: json,
  EvaluationInterval: number,
  ActionConfiguration: json,
} satisfies Record<Exclude<keyof PutMetricAlarmCommandInput, 'AlarmName' | 'Tags'>, z.ZodType>;

const alarm = z
  .strictObject({
    AlarmArn: z
      .string(must('be the ARN of an alarm'))
      .regex(/^arn:[^:]+:cloudwatch:[^:]+:\d{12}:alarm:./, must('be the ARN of an alarm')),
    ...members,
  })
  .partial()
  .required({ AlarmArn: true });

/** Null means not protected: the trail has no log group, or its alarms could not be read at the capture. */
export const state = z.strictObject({
  Alarms: z
    .array(alarm, must('be a list: an empty one for none, or null'))
    .refine(
      (all) => new Set(all.map(({ AlarmArn }) => AlarmArn)).size === all.length,
      must('name each alarm once'),
    )
    .nullable(),
});

/** An alarm as it was set, without its state. */
export type Alarm = {
  readonly AlarmArn: string;
  readonly ActionsEnabled?: boolean;
  readonly OKActions?: readonly string[];
  readonly AlarmActions?: readonly string[];
  readonly InsufficientDataActions?: readonly string[];
} & Readonly<Record<string, Json>>;

/** Alarms as they are stored or were observed; text says why they could not be read. */
export type Alarms = { readonly Alarms: readonly Alarm[] | string | null };

export const unprotected: Alarms = { Alarms: null };

/** The alarms in a response, in one form: members that are empty are left out, and lists are sets. */
export const alarmsIn = (found: readonly object[]): readonly Alarm[] => asSet(found.map(canonical));

const canonical = (one: object): Alarm =>
  Object.fromEntries(
    ['AlarmArn', ...Object.keys(members)]
      .map((name): [string, unknown] => [name, Reflect.get(one, name)])
      .filter(([, value]) => value !== undefined && value !== '' && !isEmpty(value))
      .map(([name, value]) => [name, Array.isArray(value) ? asSet(value) : value]),
  ) as Alarm;

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** The alarms of a list that was read. */
export const listed = (alarms: Alarms['Alarms'] | undefined): readonly Alarm[] =>
  Array.isArray(alarms) ? alarms : [];

export const alarmName = (arn: string): string => arn.split(':').slice(6).join(':');
