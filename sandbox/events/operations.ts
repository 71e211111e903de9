import { eventBridgeTest } from '../event-pattern.ts';
import type { Service } from '../operation.ts';
import { archives } from './archives.ts';
import type { Event } from './bus.ts';
import { buses } from './buses.ts';
import { putEvents } from './put-events.ts';
import { rules } from './rules.ts';

/** The part of Amazon EventBridge that manages rules, targets, buses, archives and replays. */
export const eventBridge = (put: (busArn: string, event: Event) => void): Service => ({
  ...eventBridgeTest,
  ...rules,
  ...buses,
  ...archives(put),
  PutEvents: putEvents(put),
});
