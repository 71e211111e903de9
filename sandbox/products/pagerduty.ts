import * as z from 'zod';
import { openAlert, type Product, setStatus } from './product.ts';

/** Source: PagerDuty, "Send an Alert Event". */
const event = z.object({
  routing_key: z.string().length(32),
  dedup_key: z.string().max(255),
  event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
  payload: z
    .object({
      summary: z.string().min(1).max(1024),
      source: z.string().min(1),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      timestamp: z.iso.datetime().optional(),
      custom_details: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
  links: z.array(z.object({ href: z.url(), text: z.string().optional() })).optional(),
});

/** PagerDuty's Events API v2: accepts an event with 202. Source: PagerDuty, "Events API v2 Overview". */
export const pagerduty: Product = (_request, body, { accepted, pagerduty: alerts }) => {
  const answer = (status: number, answered: object) => ({ status, body: JSON.stringify(answered) });
  const invalid = (error: string) =>
    answer(400, { status: 'invalid event', message: 'Event object is invalid', errors: [error] });
  if (body.length > 512_000) return answer(413, {});
  const parsed = event.safeParse(JSON.parse(body));
  if (!parsed.success) return invalid(parsed.error.message);
  const { routing_key, dedup_key, event_action, ...content } = parsed.data;
  if (!accepted.includes(routing_key)) return invalid('Invalid routing key');
  if (event_action === 'trigger') {
    if (content.payload === undefined) return invalid("'payload' is missing or blank");
    openAlert(alerts, dedup_key, content);
  }
  if (event_action === 'acknowledge') setStatus(alerts, dedup_key, 'acknowledged');
  if (event_action === 'resolve') setStatus(alerts, dedup_key, 'resolved');
  return answer(202, { status: 'success', message: 'Event processed', dedup_key });
};
