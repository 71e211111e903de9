import type { EventPattern } from 'aws-cdk-lib/aws-events';
import type { Hint } from '#drift/kind.ts';

/**
 * The event pattern of each service, by its name, that the kinds' hints ask for. Calls that failed match, too: they are
 * attempts. Source: EventBridge user guide, "AWS service events delivered via CloudTrail".
 */
export function patternsOf(
  kinds: readonly { readonly hints: readonly Hint[] }[],
): readonly (readonly [service: string, pattern: EventPattern])[] {
  const hints = kinds.flatMap((kind) => kind.hints);
  const sources = [...new Set(hints.map(({ eventSource }) => eventSource))];
  return sources.map((source) => {
    const [service = ''] = source.split('.');
    const eventNames = hints
      .filter(({ eventSource }) => eventSource === source)
      .flatMap((hint) => hint.eventNames);
    const pattern = {
      source: [`aws.${service}`],
      detailType: ['AWS API Call via CloudTrail'],
      detail: { eventSource: [source], eventName: [...new Set(eventNames)] },
    };
    return [service, pattern];
  });
}
