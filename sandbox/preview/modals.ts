import type { ModalView } from '@slack/types';
import { acceptModal, windowModal } from '#decisions/modals.ts';
import { kinds } from '#drift/index.ts';
import { trail } from './sample-parts.ts';

const on = { trail, incident: '77e11d50-b866-408f-9509-c3f09de6b26e' };
const window = {
  trails: [trail, trail.replace('org-trail', 'audit-trail')],
  kinds: kinds.filter(({ alwaysEnforced }) => !alwaysEnforced).map(({ name }) => name),
  maxHours: 4,
};

/** Every modal that people can see in Slack. */
export const modals: readonly ModalView[] = [
  acceptModal({ on, answerUrl: null }),
  windowModal({ on, answerUrl: null }, { ...window, isRequest: false }),
  windowModal({ on: null, answerUrl: null }, { ...window, isRequest: true }),
];
