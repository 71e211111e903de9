import { auditedPartitions } from '#aws/state-table-keys.ts';
import { renderChange } from '#reconcile/render-plan.ts';
import { type Change, diff, type Json } from '#text/diff.ts';
import type { DeployedResources } from './observe-deployment.ts';

/** The settings that all functions share. */
export const functionSettings = {
  Handler: 'index.handler',
  MaximumRetryAttempts: 2,
  MaximumEventAgeInSeconds: 3600,
};

/** What everyone may do with a function that has a URL: invoke it by its URL only. */
export const byUrl = [
  'lambda:InvokeFunction lambda:InvokedViaFunctionUrl=true',
  'lambda:InvokeFunctionUrl lambda:FunctionUrlAuthType=NONE',
];

/** The settings of the event source mapping of the state table. The filter leaves out the rows that functions write: incidents and notification state. */
export const mappingSettings = {
  BatchSize: 20,
  BisectBatchOnFunctionError: true,
  MaximumRetryAttempts: 20,
  Filters: [
    JSON.stringify({
      dynamodb: { Keys: { pk: { S: [{ prefix: 'arn:' }, ...auditedPartitions] } } },
    }),
  ],
};

/** The settings of the event source mapping of the queue of light checks. -1 is for a setting that queues do not have. */
export const lightCheckMapping = {
  BatchSize: 10,
  BisectBatchOnFunctionError: false,
  MaximumRetryAttempts: -1,
  Filters: [],
  OnFailure: null,
};

/** What the schedule of light checks sends: EventBridge Scheduler starts at whole minutes, and SQS delays the messages. */
export const lightCheckMessages = [10, 20, 30, 40, 50].map((DelaySeconds) => ({
  Id: `after-${DelaySeconds}`,
  MessageBody: 'light check',
  DelaySeconds,
}));

/** The differences between the deployed and the observed resources, one line each, for people. */
export const diffDeployment = (
  deployed: DeployedResources,
  observed: DeployedResources,
): readonly string[] =>
  changesOf(deployed as Json, observed as Json).map((change) => {
    const isGone =
      change.actual === null &&
      (typeof change.desired === 'object' || change.path.startsWith('undelivered.'));
    return isGone ? `${change.path} is gone` : renderChange('', change);
  });

/** An added field counts, too: it can stop a pattern from matching, or make a sweep only observe. */
function changesOf(deployed: Json, observed: Json): readonly Change[] {
  const changes = diff(deployed, observed);
  const paths = new Set(changes.map(({ path }) => path));
  const added = diff(observed, deployed).filter(({ path }) => !paths.has(path));
  return [
    ...changes,
    ...added.map(({ path, desired, actual }) => ({ path, desired: actual, actual: desired })),
  ];
}
