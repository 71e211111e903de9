import {
  type AggregationConfiguration,
  GetEventConfigurationCommand,
  type GetEventConfigurationCommandOutput,
  PutEventConfigurationCommand,
  type PutEventConfigurationCommandInput,
} from '@aws-sdk/client-cloudtrail';
import * as z from 'zod';
import { isUnavailable, nullIfTrailNotFound } from '#aws/errors.ts';
import { asSet } from '#text/diff.ts';
import { must } from '#text/schema-messages.ts';
import type { Of } from '#text/schema-parts.ts';
import { asApi } from '#trail/recorded-call.ts';
import { type DriftKind, protectedTrails } from './kind.ts';
import { defaultOf, mayBe, NotReportedError } from './reported.ts';

const declared = z.strictObject({
  AggregationConfigurations: z.array(
    z.strictObject({
      EventCategory: z.string(must('be Data')),
      Templates: z
        .array(z.string(must('be the name of a template, as API_ACTIVITY')))
        .min(1, must('hold a template, as API_ACTIVITY')),
    }),
    must('be a list: an empty one for no aggregation'),
  ),
});
const state = declared.refine((all) => all.AggregationConfigurations.length <= 1, {
  path: ['AggregationConfigurations'],
  ...must('hold one configuration at most'),
});

type Aggregation = Of<typeof declared>;
type AggregationStep = {
  readonly action: 'PutEventConfiguration';
  readonly input: PutEventConfigurationCommandInput;
};

/** Which events are also aggregated; an empty list means none. */
export const aggregation: DriftKind<Aggregation, AggregationStep> = {
  name: 'aggregation',
  state,
  fileFormat: {
    schema: declared,
    resolve: async (written) => canonical(declared.parse(written).AggregationConfigurations),
  },
  triggers: [{ eventSource: 'cloudtrail.amazonaws.com', eventNames: ['PutEventConfiguration'] }],
  permissions: {
    observe: [{ actions: ['cloudtrail:GetEventConfiguration'], resources: protectedTrails }],
    repair: [{ actions: ['cloudtrail:PutEventConfiguration'], resources: protectedTrails }],
  },

  async observe({ cloudtrail }, trail, _now, { aggregation: desired } = {}) {
    const command = new GetEventConfigurationCommand({ TrailName: trail.arn });
    const found = await nullIfTrailNotFound(cloudtrail.send(command).catch(noneIfUnavailable));
    if (found === null) return null;
    const live = found.AggregationConfigurations;
    if (live === undefined) {
      return defaultOf(
        canonical([]),
        desired,
        `GetEventConfiguration returned nothing for ${trail.arn}`,
      );
    }
    const wanted = (desired as Aggregation | undefined)?.AggregationConfigurations;
    const isCut = live.some(({ EventCategory, Templates }) => !EventCategory || !Templates);
    if (isCut && mayBe(live, wanted)) {
      throw new NotReportedError('GetEventConfiguration returned an incomplete configuration');
    }
    return canonical(live);
  },

  impact(_change, desired, actual) {
    const lost = summedUp(desired).filter((one) => !summedUp(actual).includes(one));
    if (lost.length === 0) {
      return {
        description: 'more events are aggregated than captured, at extra cost',
        severity: 'low',
        losesCoverage: false,
      };
    }
    return {
      description: `events are no longer aggregated by ${lost.join(', ')}`,
      severity: 'medium',
      losesCoverage: true,
    };
  },

  repair({ AggregationConfigurations: desired }, actual, trail) {
    if (actual === null && desired.length === 0) return [];
    const AggregationConfigurations = desired.map(toInput);
    const input = { TrailName: trail.arn, AggregationConfigurations };
    return [{ action: 'PutEventConfiguration', input }];
  },

  async apply({ cloudtrail }, step) {
    await cloudtrail.send(new PutEventConfigurationCommand(step.input));
  },

  historyModel: {
    newTrailState: { AggregationConfigurations: [] },
    applyCall({ eventName, parameters, response }) {
      if (eventName !== 'PutEventConfiguration') return null;
      const written = recorded.safeParse(asApi(response ?? parameters));
      if (!written.success) return { set: {}, indeterminate: ['AggregationConfigurations'] };
      return { set: canonical(written.data.AggregationConfigurations) };
    },
    coverageLoss: (_change, desired, actual) =>
      summedUp(desired).every((one) => summedUp(actual).includes(one))
        ? null
        : { scope: 'everywhere', events: ['aggregated'], stopsDigestFiles: false, elsewhere: null },
    coverage: ({ AggregationConfigurations }) => ({
      events: AggregationConfigurations.length === 0 ? [] : ['aggregated'],
    }),
  },
};

/** The request and response of PutEventConfiguration, as recorded. */
const recorded = z.object({
  AggregationConfigurations: z.array(
    z.object({ EventCategory: z.string(), Templates: z.array(z.string()) }),
  ),
});

/** A Region that does not support aggregation has none. Source: API reference, GetEventConfiguration, errors. */
function noneIfUnavailable(
  error: unknown,
): Pick<GetEventConfigurationCommandOutput, 'AggregationConfigurations'> {
  if (isUnavailable(error)) return {};
  throw error;
}

const canonical = (
  configurations: readonly {
    readonly EventCategory: string | undefined;
    readonly Templates: readonly string[] | undefined;
  }[],
): Aggregation => ({
  AggregationConfigurations: asSet(
    configurations.map(({ EventCategory = '', Templates = [] }) => ({
      EventCategory,
      Templates: asSet(Templates),
    })),
  ),
});

const toInput = ({ EventCategory, Templates }: Aggregation['AggregationConfigurations'][number]) =>
  ({ EventCategory, Templates: [...Templates] }) as AggregationConfiguration;

const summedUp = ({ AggregationConfigurations }: Aggregation): readonly string[] =>
  AggregationConfigurations.flatMap(({ EventCategory, Templates }) =>
    Templates.map((template) => `${template} (${EventCategory.toLowerCase()} events)`),
  );
