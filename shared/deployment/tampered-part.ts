import type { TamperedPart } from '#incident/tamper-event.ts';
import { ownedNames } from './event-rules.ts';

/** Reads it from an event that EventBridge delivers; of any other value nothing is known. */
export function tamperedPart(event: unknown): TamperedPart {
  const detail = memberOf(event, 'detail');
  const parameters = memberOf(detail, 'requestParameters');
  const names = ownedNames.flatMap((name) => [memberOf(parameters, name)].flat());
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
