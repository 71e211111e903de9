import { partitionOf } from '#aws/partitions.ts';
import type { AccountRegion } from '#aws/resource-names.ts';
import { accountsAtOnce } from '#recovery/recovery.ts';
import { arnsOf } from './topology.ts';

/**
 * What the state machine does: it recovers each account in a child execution, then writes the manifest. The function says after a few
 * minutes whether an account is done. An account that fails does not end the others: its ledger, and so the manifest, says what is missing.
 * In JSONata, which AWS recommends for new state machines.
 */
export const recoveryDefinition = (at: AccountRegion): object => ({
  Comment: 'trailkeeper: recovers events from event history',
  QueryLanguage: 'JSONata',
  StartAt: 'Accounts',
  States: {
    Accounts: {
      Type: 'Map',
      Label: 'Accounts',
      Items: '{% $states.input.accounts %}',
      ItemSelector: {
        recovery: '{% $states.input.recovery %}',
        account: '{% $states.context.Map.Item.Value %}',
      },
      MaxConcurrency: accountsAtOnce,
      ToleratedFailurePercentage: 100,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Recover',
        States: {
          Recover: {
            ...invoke(at, {
              task: 'recover',
              recovery: '{% $states.input.recovery %}',
              account: '{% $states.input.account %}',
            }),
            Assign: { done: '{% $states.result.Payload.done %}' },
            Output: '{% $states.input %}',
            // Whole executions that failed would exceed the size of the map's result in a large organization.
            Catch: [
              {
                ErrorEquals: ['States.ALL'],
                Output: { error: '{% $states.errorOutput.Error %}' },
                Next: 'Ended',
              },
            ],
            Next: 'IsDone',
          },
          IsDone: {
            Type: 'Choice',
            Choices: [{ Condition: '{% $done %}', Output: {}, Next: 'Ended' }],
            Default: 'Recover',
          },
          Ended: { Type: 'Succeed' },
        },
      },
      Output: '{% $states.input %}',
      Next: 'Finish',
    },
    Finish: {
      ...invoke(at, {
        task: 'finish',
        recovery: '{% $states.input.recovery %}',
        accounts: '{% $states.input.accounts %}',
      }),
      Output: '{% $states.result.Payload %}',
      End: true,
    },
  },
});

/** A task that invokes the function. For two minutes it is invoked again, unless only a person can help. */
const invoke = (at: AccountRegion, payload: object) => ({
  Type: 'Task',
  Resource: `arn:${partitionOf(at.region)}:states:::lambda:invoke`,
  Arguments: { FunctionName: arnsOf(at).recover, Payload: payload },
  Retry: [
    { ErrorEquals: ['AccessDenied', 'NoSuchBucket', 'DestinationError'], MaxAttempts: 0 },
    {
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: 2,
      BackoffRate: 2,
      MaxAttempts: 6,
      MaxDelaySeconds: 60,
      JitterStrategy: 'FULL',
    },
  ],
});
