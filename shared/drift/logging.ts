import { GetTrailStatusCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail';
import * as z from 'zod';
import { nullIfTrailNotFound } from '#aws/errors.ts';
import { must } from '#text/schema-messages.ts';
import { totalLoss } from './history-model.ts';
import { type DriftKind, protectedTrails } from './kind.ts';
import { NotReportedError } from './reported.ts';

/** Logging is on. A baseline cannot ask for logging to be off, so trailkeeper only ever starts it. */
const state = z.strictObject({
  IsLogging: z.literal(true, must('be true: start logging, then capture the trail again')),
});

/** The observed state also has the times of the latest start and stop, ISO 8601. A baseline does not name them, so they never drift. */
export type Logging = {
  readonly IsLogging: boolean;
  readonly StartLoggingTime?: string | null;
  readonly StopLoggingTime?: string | null;
};
type LoggingStep = { readonly action: 'StartLogging'; readonly input: { readonly Name: string } };

export const logging: DriftKind<Logging, LoggingStep> = {
  name: 'logging',
  state,
  alwaysEnforced: true,
  onlyState: { IsLogging: true },
  triggers: [
    { eventSource: 'cloudtrail.amazonaws.com', eventNames: ['StartLogging', 'StopLogging'] },
  ],
  permissions: {
    observe: [{ actions: ['cloudtrail:GetTrailStatus'], resources: protectedTrails }],
    repair: [{ actions: ['cloudtrail:StartLogging'], resources: protectedTrails }],
  },

  async observe({ cloudtrail }, trail) {
    const status = await nullIfTrailNotFound(
      cloudtrail.send(new GetTrailStatusCommand({ Name: trail.arn })),
    );
    if (status === null) return null;
    if (status.IsLogging === undefined)
      throw new NotReportedError('GetTrailStatus returned no IsLogging');
    return {
      IsLogging: status.IsLogging,
      StartLoggingTime: status.StartLoggingTime?.toISOString() ?? null,
      StopLoggingTime: status.StopLoggingTime?.toISOString() ?? null,
    };
  },

  since: ({ IsLogging, StartLoggingTime = null, StopLoggingTime = null }) =>
    IsLogging ? StartLoggingTime : StopLoggingTime,

  toBaseline: ({ IsLogging }) => ({ IsLogging }),

  impact: () => ({
    description: 'nothing is recorded: logging is off',
    severity: 'critical',
    losesCoverage: true,
  }),

  repair: (_desired, _actual, trail) => [{ action: 'StartLogging', input: { Name: trail.arn } }],

  async apply({ cloudtrail }, step) {
    await cloudtrail.send(new StartLoggingCommand(step.input));
  },

  historyModel: {
    newTrailState: { IsLogging: false },
    applyCall: ({ eventName }) =>
      eventName === 'StartLogging' || eventName === 'StopLogging'
        ? { set: { IsLogging: eventName === 'StartLogging' } }
        : null,
    coverageLoss: () => totalLoss,
  },
};
