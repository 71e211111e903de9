import { losses } from '#drift/selectors/coverage.ts';
import type {
  AdvancedSelector,
  BasicSelector,
  FieldSelector,
  Selectors,
} from '#drift/selectors/schema.ts';

export const s3 = 'AWS::S3::Object';
export const lambda = 'AWS::Lambda::Function';
export const dynamodb = 'AWS::DynamoDB::Table';

/** What a new trail records: all management events. */
export const everything = basic({});

export function numbered(count: number, prefix: string): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

export function description(desired: Selectors, actual: Selectors): readonly string[] {
  return losses(desired, actual).map((loss) => loss.description);
}

export function advancedNamed(Name: string): Selectors {
  const calls = selector({ eventCategory: ['Management'] });
  return { EventSelectors: null, AdvancedEventSelectors: [{ ...calls, Name }] };
}

export function reported(desired: Selectors, actual: Selectors): readonly string[] {
  return losses(desired, actual).map(({ severity, description }) => `${severity}: ${description}`);
}

export function basic(...selectors: readonly Partial<BasicSelector>[]): Selectors {
  const whole = {
    ReadWriteType: 'All',
    IncludeManagementEvents: true,
    DataResources: [],
    ExcludeManagementEventSources: [],
  };
  return {
    EventSelectors: selectors.map((selector) => ({ ...whole, ...selector })),
    AdvancedEventSelectors: null,
  };
}

export type Fields = { readonly [field: string]: readonly string[] | Omit<FieldSelector, 'Field'> };

export function advanced(...selectors: readonly Fields[]): Selectors {
  return { EventSelectors: null, AdvancedEventSelectors: selectors.map(selector) };
}

export function management(fields: Fields): Selectors {
  return advanced({ eventCategory: ['Management'], ...fields });
}

export function selector(fields: Fields): AdvancedSelector {
  const selectors = Object.entries(fields).map(([Field, operators]) =>
    Array.isArray(operators) ? { Field, Equals: operators } : { Field, ...operators },
  );
  return { Name: null, FieldSelectors: selectors as FieldSelector[] };
}
