import {
  type AdvancedFieldSelector,
  type EventSelector,
  GetEventSelectorsCommand,
  PutEventSelectorsCommand,
  type PutEventSelectorsCommandInput,
} from '@aws-sdk/client-cloudtrail';
import * as z from 'zod';
import { nullIfTrailNotFound } from '#aws/errors.ts';
import { asSet, diff, type Json } from '#text/diff.ts';
import { must } from '#text/schema-messages.ts';
import { asApi } from '#trail/recorded-call.ts';
import type { Impact } from './impact.ts';
import { type DriftKind, guardedTrails } from './kind.ts';
import { defaultOf, mayBe, NotReportedError } from './reported.ts';
import {
  type AdvancedSelector,
  type BasicSelector,
  type FieldSelector,
  losses,
  lostKinds,
  missing,
  recordedKinds,
  type Selectors,
} from './selectors/coverage.ts';

const values = z
  .array(z.string(must('be text')))
  .min(1, must('hold a value'))
  .exactOptional();

/** CloudTrail refuses a field selector without an operator (aws/aws-sdk-go#4260). The SDK ignores operators that it does not know. */
const fieldSelector = z
  .strictObject({
    Field: z.string(must('be the name of a field')),
    Equals: values,
    StartsWith: values,
    EndsWith: values,
    NotEquals: values,
    NotStartsWith: values,
    NotEndsWith: values,
  })
  .refine((selector) => Object.keys(selector).length > 1, must('have an operator, as Equals'));

const basicSelector = z
  .strictObject({
    ReadWriteType: z.enum(['All', 'ReadOnly', 'WriteOnly'], must('be All, ReadOnly or WriteOnly')),
    IncludeManagementEvents: z.boolean(must('be true or false')),
    DataResources: z.array(
      z.strictObject({ Type: z.string(must('be a resource type')), Values: z.array(z.string()) }),
    ),
    ExcludeManagementEventSources: z.array(z.string(must('be the name of an AWS service'))),
  })
  .refine((selector) => selector.IncludeManagementEvents || selector.DataResources.length > 0, {
    path: ['DataResources'],
    ...must('hold a data resource, because IncludeManagementEvents is false'),
  });

const advancedSelector = z.strictObject({
  Name: z.string(must('be text, or null')).nullable(),
  FieldSelectors: z
    .array(fieldSelector)
    .min(1, must('hold a field selector'))
    .refine(
      hasCategory,
      must('have eventCategory once, with Equals and one of Management, Data and NetworkActivity'),
    ),
});

const declared = z
  .strictObject({
    EventSelectors: z.array(basicSelector).min(1, must('hold a selector, or be null')).nullable(),
    AdvancedEventSelectors: z
      .array(advancedSelector)
      .min(1, must('hold a selector, or be null'))
      .nullable(),
  })
  .refine(
    ({ EventSelectors, AdvancedEventSelectors }) =>
      (EventSelectors === null) !== (AdvancedEventSelectors === null),
    must('have either EventSelectors or AdvancedEventSelectors, and null for the other'),
  );

/** CloudTrail's limits. Sources: API reference, PutEventSelectors, EventSelector. */
const state = declared
  .refine(({ EventSelectors }) => (EventSelectors?.length ?? 0) <= 5, {
    path: ['EventSelectors'],
    ...must('hold at most 5 selectors'),
  })
  .refine(({ EventSelectors }) => limitedValues(EventSelectors ?? []) <= 250, {
    path: ['EventSelectors'],
    ...must('hold at most 250 values of data resources in all'),
  })
  .refine(({ AdvancedEventSelectors }) => conditionValues(AdvancedEventSelectors ?? []) <= 500, {
    path: ['AdvancedEventSelectors'],
    ...must('hold at most 500 values of conditions in all'),
  });

type SelectorsStep = {
  readonly action: 'PutEventSelectors';
  readonly input: PutEventSelectorsCommandInput;
};

/** Every management event and no data event: the selector of a trail without selectors. Source: API reference, EventSelector. */
const newTrailState: Selectors = {
  EventSelectors: [
    {
      ReadWriteType: 'All',
      IncludeManagementEvents: true,
      DataResources: [],
      ExcludeManagementEventSources: [],
    },
  ],
  AdvancedEventSelectors: null,
};

/** Which events are recorded. Selectors are sets: the order of selectors and of their values is not drift. */
export const eventSelectors: DriftKind<Selectors, SelectorsStep> = {
  name: 'event-selectors',
  state,
  coupledFields: [['EventSelectors', 'AdvancedEventSelectors']],
  fileFormat: {
    schema: declared,
    resolve: async (written) => canonical(declared.parse(written)),
  },
  triggers: [{ eventSource: 'cloudtrail.amazonaws.com', eventNames: ['PutEventSelectors'] }],
  permissions: {
    observe: [{ actions: ['cloudtrail:GetEventSelectors'], resources: guardedTrails }],
    repair: [{ actions: ['cloudtrail:PutEventSelectors'], resources: guardedTrails }],
  },

  async observe({ cloudtrail }, trail, _now, { 'event-selectors': desired } = {}) {
    const found = await nullIfTrailNotFound(
      cloudtrail.send(new GetEventSelectorsCommand({ TrailName: trail.arn })),
    );
    if (found === null) return null;
    const { EventSelectors: basic, AdvancedEventSelectors: advanced } = found;
    if (basic === undefined && advanced === undefined) {
      return defaultOf(newTrailState, desired, 'GetEventSelectors returned no selectors');
    }
    const wanted = desired as Selectors | undefined;
    const isBasicCut = basic?.some(isCut) && mayBe(basic, wanted?.EventSelectors);
    const isAdvancedCut =
      advanced?.some(({ FieldSelectors }) => !FieldSelectors?.every(({ Field }) => Field)) &&
      mayBe(advanced, wanted?.AdvancedEventSelectors);
    if (isBasicCut || isAdvancedCut) {
      throw new NotReportedError('GetEventSelectors returned an incomplete selector');
    }
    return canonical(found);
  },

  hardeningAdvice: (state) => missing(newTrailState, state).map(({ words }) => words),

  impact(change, desired, actual) {
    if (change.desired === null) return inPlace;
    const [worst, ...others] = losses(desired, actual);
    if (worst === undefined) {
      return {
        words: 'the event selectors differ, but no captured events are lost',
        severity: 'low',
        losesCoverage: false,
      };
    }
    const words = [worst, ...others].map((loss) => loss.words).join('; ');
    return { words, severity: worst.severity, losesCoverage: true };
  },

  repair(desired, actual, trail) {
    if (diff(desired as Json, (actual ?? newTrailState) as Json).length === 0) return [];
    return [{ action: 'PutEventSelectors', input: { TrailName: trail.arn, ...written(desired) } }];
  },

  async apply({ cloudtrail }, step) {
    await cloudtrail.send(new PutEventSelectorsCommand(step.input));
  },

  historyModel: {
    newTrailState,
    applyCall({ eventName, parameters, response }) {
      if (eventName !== 'PutEventSelectors') return null;
      const written = recorded.safeParse(asApi(response ?? parameters));
      if (!written.success) {
        return { set: {}, indeterminate: ['EventSelectors', 'AdvancedEventSelectors'] };
      }
      return { set: canonical(written.data) };
    },
    coverageLoss(change, desired, actual) {
      const events = change.desired === null ? [] : lostKinds(desired, actual);
      if (events.length === 0) return null;
      return { scope: 'everywhere', events, stopsDigestFiles: false, elsewhere: null };
    },
    coverage: (selectors) => ({ events: recordedKinds(selectors) }),
  },
};

/** A basic selector with members that AWS did not report. */
const isCut = ({ DataResources, ...selector }: EventSelector): boolean =>
  selector.ReadWriteType === undefined ||
  selector.IncludeManagementEvents === undefined ||
  selector.ExcludeManagementEventSources === undefined ||
  DataResources === undefined ||
  DataResources.some(({ Type, Values }) => !Type || !Values);

/** Selectors of the other kind: the lost events are reported for the selectors that were replaced. */
const inPlace: Impact = {
  words: 'the captured event selectors were replaced by the other kind of selectors',
  severity: 'low',
  losesCoverage: false,
};

/** Whether a selector has exactly one of the event categories that trails record. Source: API reference, AdvancedFieldSelector. */
function hasCategory(selectors: readonly FieldSelector[]): boolean {
  const ofCategory = selectors.filter(({ Field }) => Field === 'eventCategory');
  const [value = '', ...more] = new Set(ofCategory.flatMap(({ Equals = [] }) => Equals));
  return (
    categories.includes(value) &&
    more.length === 0 &&
    ofCategory.every(({ Field, Equals, ...others }) => Object.keys(others).length === 0)
  );
}

const categories = ['Management', 'Data', 'NetworkActivity'];

/** The number of values that count towards the limit: none for a type of which every resource is recorded. */
function limitedValues(selectors: readonly BasicSelector[]): number {
  const values = selectors
    .flatMap(({ DataResources }) => DataResources)
    .flatMap(({ Values }) => Values);
  return values.some((value) => everyResource.test(value)) ? 0 : values.length;
}

/** As `arn:aws:s3`. */
const everyResource = /^arn:[^:]+:[^:]+:*$/;

const conditionValues = (selectors: readonly AdvancedSelector[]): number =>
  selectors
    .flatMap(({ FieldSelectors }) => FieldSelectors)
    .flatMap(({ Field, ...operators }) => Object.values(operators).flat()).length;

/** The request and response of PutEventSelectors, as recorded: selectors of one kind. */
const recorded = z
  .object({
    EventSelectors: z.array(
      z.object({
        ReadWriteType: z.enum(['All', 'ReadOnly', 'WriteOnly']).optional(),
        IncludeManagementEvents: z.boolean().optional(),
        DataResources: z
          .array(z.object({ Type: z.string().optional(), Values: z.array(z.string()).optional() }))
          .optional(),
        ExcludeManagementEventSources: z.array(z.string()).optional(),
      }),
    ),
    AdvancedEventSelectors: z.array(
      z.object({
        Name: z.string().nullish(),
        FieldSelectors: z.array(z.looseObject({ Field: z.string() })),
      }),
    ),
  })
  .partial()
  .refine((selectors) => Object.values(selectors).flat().length > 0)
  .transform((selectors) => selectors as Given);

/** Selectors as GetEventSelectors returns them or a person writes them. */
type Given = {
  readonly EventSelectors?: readonly EventSelector[] | null | undefined;
  readonly AdvancedEventSelectors?:
    | readonly {
        readonly Name?: string | null | undefined;
        readonly FieldSelectors: readonly AdvancedFieldSelector[] | undefined;
      }[]
    | null
    | undefined;
};

/** Selectors as sets, with the documented defaults for missing members. */
function canonical({ EventSelectors: basic, AdvancedEventSelectors: advanced }: Given): Selectors {
  if (advanced?.length) {
    const AdvancedEventSelectors = advanced.map(({ Name, FieldSelectors = [] }) => ({
      Name: Name || null,
      FieldSelectors: asSet(FieldSelectors.map(canonicalField)),
    }));
    return { EventSelectors: null, AdvancedEventSelectors: asSet(AdvancedEventSelectors) };
  }
  if (!basic?.length) return newTrailState;
  const EventSelectors = basic.map((selector) => ({
    ReadWriteType: selector.ReadWriteType ?? 'All',
    IncludeManagementEvents: selector.IncludeManagementEvents ?? true,
    DataResources: asSet(
      (selector.DataResources ?? []).map(({ Type = '', Values = [] }) => ({
        Type,
        Values: asSet(Values.map((value) => value.replace(allObjects, '$1'))),
      })),
    ),
    ExcludeManagementEventSources: asSet(selector.ExcludeManagementEventSources ?? []),
  }));
  return { EventSelectors: asSet(EventSelectors), AdvancedEventSelectors: null };
}

/** All S3 objects: `arn:aws:s3:::` becomes `arn:aws:s3`, the documented form. Source: API reference, DataResource. */
const allObjects = /^(arn:[^:]+:s3):::$/;

/** The operators of a field selector, each with its values as a set. */
const canonicalField = ({ Field = '', ...operators }: AdvancedFieldSelector): FieldSelector => ({
  Field,
  ...Object.fromEntries(
    Object.entries(operators).flatMap(([operator, values]) =>
      values?.length ? [[operator, asSet(values)]] : [],
    ),
  ),
});

/** The input of PutEventSelectors for the state's kind of selectors; it replaces the other kind. */
const written = ({ EventSelectors, AdvancedEventSelectors }: Selectors): object =>
  AdvancedEventSelectors === null
    ? { EventSelectors }
    : { AdvancedEventSelectors: AdvancedEventSelectors.map(toInput) };

const toInput = ({ Name, FieldSelectors }: AdvancedSelector): object =>
  Name === null ? { FieldSelectors } : { Name, FieldSelectors };
