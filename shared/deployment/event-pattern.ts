import type { TriggerEvents } from '#drift/kind.ts';

export type EventPattern = {
  readonly source: readonly string[];
  readonly 'detail-type': readonly string[];
  readonly account?: readonly (string | object)[];
  readonly detail?: object;
};

export type ServicePattern = readonly [service: string, pattern: EventPattern];

/** The detail type of a call that CloudTrail recorded. Source: EventBridge User Guide, "AWS service events delivered via CloudTrail". */
export const apiCall = 'AWS API Call via CloudTrail';

/** The event pattern of each service in `triggers`. Failed calls match, too, because they are attempts. */
export function trailPatterns(triggers: readonly TriggerEvents[]): readonly ServicePattern[] {
  const eventSources = [...new Set(triggers.map(({ eventSource }) => eventSource))];
  return eventSources.map((eventSource) => {
    const [service = ''] = eventSource.split('.');
    const eventName = triggers
      .filter((hint) => hint.eventSource === eventSource)
      .flatMap(({ eventNames }) => eventNames);
    const detail = { eventSource: [eventSource], eventName: [...new Set(eventName)] };
    return [service, { source: [`aws.${service}`], 'detail-type': [apiCall], detail }];
  });
}
