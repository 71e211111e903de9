import type { Machine } from './definition.ts';

export type StateMachine = {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  /** JSON, as it was sent. */
  readonly definition: string;
  readonly machine: Machine;
};

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT';

/** An execution, with the field names of DescribeExecution. `input` and `output` are JSON. */
export type Execution = {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly input: string;
  readonly startDate: Date;
  /** Of a child execution: the map run that started it. */
  readonly mapRunArn?: string;
  /** The number of events in its history. */
  historyEvents: number;
  status: ExecutionStatus;
  stopDate?: Date;
  output?: string;
  error?: string;
  cause?: string;
};

/** A run of a distributed map, with the field names of DescribeMapRun. */
export type MapRun = {
  readonly mapRunArn: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly maxConcurrency: number;
  readonly toleratedFailurePercentage: number;
  readonly toleratedFailureCount: number;
  readonly startDate: Date;
  /** The number of its items, each of which has one child execution. */
  readonly total: number;
  status: Exclude<ExecutionStatus, 'TIMED_OUT'>;
  stopDate?: Date;
};

/** Step Functions names: `execution:MACHINE:NAME`, and of a child `execution:MACHINE/LABEL:NAME`. */
export const executionArn = (stateMachineArn: string, name: string): string =>
  `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

/** Ends an execution that is still running. */
export function end(execution: Execution, how: Partial<Execution> & Pick<Execution, 'status'>) {
  if (execution.status !== 'RUNNING') return;
  Object.assign(execution, { stopDate: new Date(), ...how });
}
