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
import { asApi } from '#trail/recorded-call.ts';
import type { Impact } from './impact.ts';
import { type DriftKind, protectedTrails } from './kind.ts';
import { defaultOf, mayBe, NotReportedError } from './reported.ts';
import { losses, lostKinds, missing, recordedKinds } from './selectors/coverage.ts';
import {
  type AdvancedSelector,
  declared,
  type FieldSelector,
  type Selectors,
  state,
} from './selectors/schema.ts';

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
    resolve: async (written) => canonical(declared.parse(written) as Given),
  },
  triggers: [{ eventSource: 'cloudtrail.amazonaws.com', eventNames: ['PutEventSelectors'] }],
  permissions: {
    observe: [{ actions: ['cloudtrail:GetEventSelectors'], resources: protectedTrails }],
    repair: [{ actions: ['cloudtrail:PutEventSelectors'], resources: protectedTrails }],
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

  hardeningAdvice: (state) => missing(newTrailState, state).map(({ description }) => description),

  impact(change, desired, actual) {
    if (change.desired === null) return inPlace;
    const [worst, ...others] = losses(desired, actual);
    if (worst === undefined) {
      return {
        description: 'the event selectors differ, but no captured events are lost',
        severity: 'low',
        losesCoverage: false,
      };
    }
    const description = [worst, ...others].map((loss) => loss.description).join('; ');
    return { description, severity: worst.severity, losesCoverage: true };
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
  description: 'the captured event selectors were replaced by the other kind of selectors',
  severity: 'low',
  losesCoverage: false,
};

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
