import { type Alert, optionalParts } from './alert.ts';

/** The message with which a person tests the channels. */
export const testAlert: Alert = {
  ...optionalParts,
  id: 'test',
  severity: 'low',
  title: 'This is a test message from trailkeeper',
  callToAction: 'Nothing has happened. If you can read this, alerts arrive here.',
};
