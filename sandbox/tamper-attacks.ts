import { DisableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { DeleteScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { home, regions } from './home.ts';

/** A way to attack trailkeeper itself that an attacker with administrator rights has. */
export type TamperAttack = {
  /** The threat's number in docs/threat-model.md. */
  readonly id: string;
  readonly title: string;
  readonly call: (endpoint: string) => Promise<unknown>;
};

const config = (endpoint: string, region = home.region) => ({
  endpoint,
  region,
  credentials: { accessKeyId: 'mallory', secretAccessKey: 'any' },
});

const trailRule = { Name: 'Trailkeeper-Trail-cloudtrail' };

export const tamperAttacks: readonly TamperAttack[] = [
  {
    id: 'G1',
    title: 'disables the rule for CloudTrail calls',
    call: (endpoint) =>
      new EventBridgeClient(config(endpoint)).send(new DisableRuleCommand(trailRule)),
  },
  {
    id: 'G2',
    title: 'disables the rule for calls in another Region',
    call: (endpoint) =>
      new EventBridgeClient(config(endpoint, regions.at(-1) ?? home.region)).send(
        new DisableRuleCommand(trailRule),
      ),
  },
  {
    id: 'G3',
    title: 'deletes the schedule of the sweep',
    call: (endpoint) =>
      new SchedulerClient(config(endpoint)).send(
        new DeleteScheduleCommand({ Name: 'Trailkeeper-Sweep' }),
      ),
  },
  {
    id: 'H1',
    title: 'sets the concurrency of Remediate to 0',
    call: (endpoint) =>
      new LambdaClient(config(endpoint)).send(
        new PutFunctionConcurrencyCommand({
          FunctionName: 'Trailkeeper-Remediate',
          ReservedConcurrentExecutions: 0,
        }),
      ),
  },
];
