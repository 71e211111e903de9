import { fieldsOf, satisfies } from './event-pattern/fields.ts';
import { invalidPattern } from './event-pattern/invalid-pattern.ts';
import { isObject, type JsonObject } from './event-pattern/json.ts';
import { type Rule, rulesOf } from './event-pattern/rules.ts';
import type { Service } from './operation.ts';
import { AwsError } from './service.ts';

/** Whether the pattern matches the event. Throws `InvalidEventPatternException` if the pattern is invalid. */
export function matchesPattern(pattern: unknown, event: unknown): boolean {
  const rules = rulesOf(pattern);
  if (!isObject(event)) return false;
  const fields = fieldsOf(event);
  return rules.some((rule) => satisfies(fields, rule));
}

/** Matches one event against many patterns in JSON. The event and each pattern are parsed only once. */
export function patternMatcher(event: object): (pattern: string) => boolean {
  const fields = fieldsOf(event);
  return (pattern) => {
    const rules = parsedPatterns.get(pattern) ?? rulesOf(JSON.parse(pattern));
    parsedPatterns.set(pattern, rules);
    return rules.some((rule) => satisfies(fields, rule));
  };
}

const parsedPatterns = new Map<string, readonly Rule[]>();

/** Throws `InvalidEventPatternException` if the pattern is invalid. */
export function validatePattern(pattern: unknown): asserts pattern is JsonObject {
  rulesOf(pattern);
}

/** The EventBridge operation TestEventPattern. */
export const eventBridgeTest: Service = {
  TestEventPattern: {
    needs: () => [{ action: 'events:TestEventPattern', resource: '*' }],
    perform({ input }) {
      const pattern = patternIn(input.EventPattern);
      validatePattern(pattern);
      return { Result: matchesPattern(pattern, eventIn(input.Event)) };
    },
  },
};

function patternIn(text: unknown): unknown {
  if (typeof text !== 'string') throw constraint('eventPattern', 'Member must be a string');
  if (text.length > 4096) {
    throw constraint('eventPattern', 'Member must have length less than or equal to 4096');
  }
  const pattern = parsed(text);
  if (pattern === undefined) throw invalidPattern('Unrecognized token');
  return pattern;
}

function eventIn(text: unknown): JsonObject {
  if (typeof text !== 'string') throw constraint('event', 'Member must be a string');
  const event = parsed(text);
  if (isObject(event) && envelope.every((field) => Object.hasOwn(event, field))) return event;
  throw new AwsError('ValidationException', 'Parameter Event is not valid.');
}

/** The mandatory fields of an event. Source: EventBridge API Reference, TestEventPattern. */
const envelope = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const constraint = (member: string, rule: string): AwsError =>
  new AwsError(
    'ValidationException',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${rule}`,
  );
