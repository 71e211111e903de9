import { namesOfParts } from './event-rules.ts';

/** The part of trailkeeper that a call is about: its names, and where it is; null where the record does not say. */
export type TamperedPart = {
  readonly names: readonly string[];
  readonly account: string | null;
  readonly region: string | null;
};

/** Reads it from an event that EventBridge delivers; of any other value nothing is known. */
export function tamperedPart(event: unknown): TamperedPart {
  const detail = memberOf(event, 'detail');
  const parameters = memberOf(detail, 'requestParameters');
  const names = namesOfParts.flatMap((name) => [memberOf(parameters, name)].flat());
  return {
    names: names.filter((name) => typeof name === 'string'),
    account: text(memberOf(event, 'account')),
    region: text(memberOf(detail, 'awsRegion')),
  };
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
