import { type Alert, optionalParts } from './alert.ts';

/** The message with which a person tests the channels. It is over, so that it leaves no open alert with those on call. */
export const testAlert = (at: string): Alert => ({
  ...optionalParts,
  id: 'test',
  about: { kind: 'test', trail: null, startedAt: at, updatedAt: at },
  severity: 'low',
  isOver: true,
  title: 'This is a test message from trailkeeper',
  callToAction: 'Nothing has happened. If you can read this, alerts arrive here.',
});
