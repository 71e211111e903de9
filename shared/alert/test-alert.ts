import { type Alert, noSection } from './alert.ts';

/** The message with which a person tests the channels. */
export const testAlert: Alert = {
  id: 'test',
  severity: 'low',
  icon: '🔔',
  title: 'This is a test message from trailkeeper',
  callToAction: 'Nothing has happened. If you can read this, alerts arrive here.',
  needsAction: false,
  impacts: noSection,
  todo: noSection,
  drift: noSection,
  facts: [],
  sections: [],
  links: [],
};
