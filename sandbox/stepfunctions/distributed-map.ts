import { randomUUID } from 'node:crypto';
import { AwsError } from '../service.ts';
import type { World } from '../world.ts';
import { itemProcessor } from './definition.ts';
import { eachOf } from './each-of.ts';
import { type Execution, executionArn, type MapRun } from './executions.ts';
import { evaluate } from './jsonata.ts';
import { authorizeRole } from './lambda-task.ts';
import { inputOf, type MapWork } from './map-work.ts';
import { addEvents, bindingsOf, type Running } from './scope.ts';
import { checkSize, StateError } from './state-error.ts';

/** Processes each item in a child execution. Source: "Using Map state in Distributed mode for large-scale parallel workloads". */
export async function runDistributed(work: MapWork): Promise<readonly unknown[]> {
  const { state, entered, scope, items, concurrency } = work;
  const { running } = scope;
  await mayRunChildren(running);
  const label = state.Label ?? entered.name.replaceAll(/[^\w-]/g, '').slice(0, 40);
  const tolerated = await toleratedBy(work);
  const run: MapRun = {
    mapRunArn: `${running.machine.arn.replace(':stateMachine:', ':mapRun:')}/${label}:${randomUUID()}`,
    executionArn: running.execution.executionArn,
    stateMachineArn: `${running.machine.arn}/${label}`,
    maxConcurrency: concurrency,
    toleratedFailureCount: tolerated.count ?? 0,
    toleratedFailurePercentage: tolerated.percentage ?? 0,
    startDate: new Date(),
    total: items.length,
    status: 'RUNNING',
  };
  running.world.mapRuns.set(run.mapRunArn, run);
  // The map run started, and how it ended.
  addEvents(running, 2);
  const children = new AbortController();
  const signal = AbortSignal.any([running.signal, children.signal]);
  const of = { mapRunArn: run.mapRunArn, label, signal };
  try {
    const results = await eachOf(items, concurrency, async (item, index) => {
      const input = await inputOf(work, item, index);
      checkSize(input, entered.name);
      const child = await running.runChild(itemProcessor(state), input, of);
      if (isExceeded(tolerated, failedIn(run, running.world), items.length)) throw exceeded();
      return resultOf(child);
    });
    Object.assign(run, { status: 'SUCCEEDED', stopDate: new Date() });
    return results;
  } catch (error) {
    const status = running.signal.aborted ? 'ABORTED' : 'FAILED';
    Object.assign(run, { status, stopDate: new Date() });
    // Those that still run when the threshold is exceeded.
    children.abort();
    throw error;
  }
}

type Tolerated = { readonly count: number | null; readonly percentage: number | null };

async function toleratedBy({ state, scope, entered, input }: MapWork): Promise<Tolerated> {
  const { ToleratedFailureCount: count = null, ToleratedFailurePercentage: percentage = null } =
    state;
  const bindings = bindingsOf(scope, entered, { input });
  return (await evaluate({ count, percentage }, bindings)) as Tolerated;
}

/** Without a threshold no failure is tolerated. Source: "Setting failure thresholds for Distributed Map states in Step Functions". */
function isExceeded({ count, percentage }: Tolerated, failed: number, total: number): boolean {
  if (count === null && percentage === null) return failed > 0;
  return (
    (count !== null && failed > count) ||
    (percentage !== null && (failed / total) * 100 > percentage)
  );
}

const failedIn = (run: MapRun, { executions }: World): number =>
  [...executions.values()].filter(
    ({ mapRunArn, status }) =>
      mapRunArn === run.mapRunArn && (status === 'FAILED' || status === 'TIMED_OUT'),
  ).length;

const exceeded = (): StateError =>
  new StateError(
    'States.ExceedToleratedFailureThreshold',
    'The specified tolerated failure threshold was exceeded',
  );

/** "If a child workflow execution fails, Step Functions returns its execution result unchanged." Source: "ResultWriter (Map)". */
function resultOf(child: Execution): unknown {
  if (child.status === 'SUCCEEDED') return JSON.parse(child.output ?? 'null');
  return {
    ExecutionArn: child.executionArn,
    Input: child.input,
    Name: child.name,
    StateMachineArn: child.stateMachineArn,
    Status: child.status,
    StartDate: child.startDate.toISOString(),
    StopDate: child.stopDate?.toISOString(),
    Error: child.error,
    Cause: child.cause,
  };
}

/** Source: "IAM policies for using Distributed Map states". */
async function mayRunChildren(running: Running): Promise<void> {
  const { arn } = running.machine;
  try {
    await authorizeRole(running, [
      { action: 'states:StartExecution', resource: arn },
      { action: 'states:DescribeExecution', resource: executionArn(arn, randomUUID()) },
    ]);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new StateError('States.Permissions', error.message);
  }
}
