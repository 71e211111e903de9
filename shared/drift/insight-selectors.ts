import {
  GetInsightSelectorsCommand,
  type InsightSelector,
  PutInsightSelectorsCommand,
  type PutInsightSelectorsCommandInput,
} from '@aws-sdk/client-cloudtrail';
import * as z from 'zod';
import { isUnavailable, nameOf, nullIfTrailNotFound } from '#aws/errors.ts';
import { asSet } from '#text/diff.ts';
import { must } from '#text/schema-messages.ts';
import type { Of } from '#text/schema-parts.ts';
import { asApi } from '#trail/recorded-call.ts';
import { type DriftKind, protectedTrails } from './kind.ts';
import { defaultOf, mayBe, NotReportedError } from './reported.ts';

const declared = z.strictObject({
  InsightSelectors: z.array(
    z.strictObject({
      InsightType: z.string(must('be a type of Insights, as ApiCallRateInsight')),
      EventCategories: z
        .array(z.string(must('be Management or Data')))
        .min(1, must('hold Management or Data')),
    }),
    must('be a list: an empty one for no Insights'),
  ),
});
const state = declared.refine(
  ({ InsightSelectors: all }) => new Set(all.map((one) => one.InsightType)).size === all.length,
  { path: ['InsightSelectors'], ...must('name each type once') },
);

type Insights = Of<typeof declared>;
type InsightsStep = {
  readonly action: 'PutInsightSelectors';
  readonly input: PutInsightSelectorsCommandInput;
};

/** Which unusual rates of calls and errors CloudTrail detects; an empty list means none. */
export const insightSelectors: DriftKind<Insights, InsightsStep> = {
  name: 'insight-selectors',
  state,
  fileFormat: {
    schema: declared,
    resolve: async (written) => canonical(declared.parse(written).InsightSelectors),
  },
  triggers: [{ eventSource: 'cloudtrail.amazonaws.com', eventNames: ['PutInsightSelectors'] }],
  permissions: {
    observe: [{ actions: ['cloudtrail:GetInsightSelectors'], resources: protectedTrails }],
    repair: [{ actions: ['cloudtrail:PutInsightSelectors'], resources: protectedTrails }],
  },

  async observe({ cloudtrail }, trail, _now, { 'insight-selectors': desired } = {}) {
    const command = new GetInsightSelectorsCommand({ TrailName: trail.arn });
    const found = await nullIfTrailNotFound(cloudtrail.send(command).catch(noneIfNotEnabled));
    if (found === null) return null;
    if (found.InsightSelectors === undefined) {
      return defaultOf(
        canonical([]),
        desired,
        `GetInsightSelectors returned nothing for ${trail.arn}`,
      );
    }
    const wanted = (desired as Insights | undefined)?.InsightSelectors;
    const isCut = found.InsightSelectors.some((one) => !one.InsightType || !one.EventCategories);
    if (isCut && mayBe(found.InsightSelectors, wanted)) {
      throw new NotReportedError('GetInsightSelectors returned an incomplete selector');
    }
    return canonical(found.InsightSelectors);
  },

  impact(_change, desired, actual) {
    const lost = watched(desired).filter((one) => !watched(actual).includes(one));
    if (lost.length === 0) {
      return {
        description: 'Insights detect more than captured, at extra cost',
        severity: 'low',
        losesCoverage: false,
      };
    }
    return {
      description: `Insights no longer detect ${lost.join(', ')}`,
      severity: 'medium',
      losesCoverage: true,
    };
  },

  repair({ InsightSelectors }, actual, trail) {
    if (actual === null && InsightSelectors.length === 0) return [];
    const input = { TrailName: trail.arn, InsightSelectors: InsightSelectors.map(toInput) };
    return [{ action: 'PutInsightSelectors', input }];
  },

  async apply({ cloudtrail }, step) {
    await cloudtrail.send(new PutInsightSelectorsCommand(step.input));
  },

  historyModel: {
    newTrailState: { InsightSelectors: [] },
    applyCall({ eventName, parameters, response }) {
      if (eventName !== 'PutInsightSelectors') return null;
      const written = recorded.safeParse(asApi(response ?? parameters));
      if (!written.success) return { set: {}, indeterminate: ['InsightSelectors'] };
      return { set: canonical(written.data.InsightSelectors) };
    },
    coverageLoss: (_change, desired, actual) =>
      watched(desired).every((one) => watched(actual).includes(one))
        ? null
        : { scope: 'everywhere', events: ['Insights'], stopsDigestFiles: false, elsewhere: null },
    coverage: ({ InsightSelectors }) => ({
      events: InsightSelectors.length === 0 ? [] : ['Insights'],
    }),
  },
};

/** The request and response of PutInsightSelectors, as recorded. */
const recorded = z.object({
  InsightSelectors: z.array(
    z.object({
      InsightType: z.string().optional(),
      EventCategories: z.array(z.string()).optional(),
    }),
  ),
});

/** AWS answers with an error for a trail without Insights, and in a Region without them. Source: API reference, GetInsightSelectors. */
function noneIfNotEnabled(error: unknown): { InsightSelectors?: InsightSelector[] } {
  if (nameOf(error) === 'InsightNotEnabledException') return { InsightSelectors: [] };
  if (isUnavailable(error)) return {};
  throw error;
}

/** An Insights selector without categories covers management events. Source: API reference, InsightSelector. */
const canonical = (
  selectors: readonly {
    readonly InsightType?: string | undefined;
    readonly EventCategories?: readonly string[] | undefined;
  }[],
): Insights => ({
  InsightSelectors: asSet(
    selectors.map(({ InsightType = '', EventCategories = ['Management'] }) => ({
      InsightType,
      EventCategories: asSet(EventCategories),
    })),
  ),
});

const toInput = ({ InsightType, EventCategories }: Insights['InsightSelectors'][number]) =>
  ({ InsightType, EventCategories: [...EventCategories] }) as InsightSelector;

/** What Insights detect, as text. */
const watched = ({ InsightSelectors }: Insights): readonly string[] =>
  InsightSelectors.flatMap(({ InsightType, EventCategories }) =>
    EventCategories.map((category) => {
      const rate = rates[InsightType] ?? InsightType;
      return `${rate} in ${category.toLowerCase()} events`;
    }),
  );

const rates: Readonly<Record<string, string>> = {
  ApiCallRateInsight: 'unusual rates of calls',
  ApiErrorRateInsight: 'unusual rates of errors',
};
