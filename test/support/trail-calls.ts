import {
  DeleteTrailCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import type { Account } from './account.ts';

/** The calls of Mallory, an administrator, on a trail: the protected one, unless another is named. */
export const trailCalls = (account: Account) => ({
  stop: (Name = 'org-trail') => account.outsider.send(new StopLoggingCommand({ Name })),
  start: (Name = 'org-trail') => account.outsider.send(new StartLoggingCommand({ Name })),
  remove: (Name = 'org-trail') => account.outsider.send(new DeleteTrailCommand({ Name })),
  update: (patch: object, Name = 'org-trail') =>
    account.outsider.send(new UpdateTrailCommand({ Name, ...patch })),
});
