import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { arnPrefix } from '../home.ts';
import type { Operation, Service } from '../operation.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call } from '../service.ts';
import type { World } from '../world.ts';
import { parseMachine } from './definition.ts';
import { deployMachine } from './deploy-machine.ts';
import type { Engine } from './engine.ts';
import { type Execution, executionArn, type MapRun, type StateMachine } from './executions.ts';

/** The part of the API of AWS Step Functions that starts, stops and describes executions of standard workflows. */
export const stepFunctionsService = (engine: Engine): Service => ({
  /**
   * "StartExecution is idempotent": with the name and input of a running execution it answers as it did. Source: Step Functions API
   * reference, StartExecution.
   */
  StartExecution: on('stateMachineArn', {
    perform({ input }, world) {
      const { stateMachineArn, name = randomUUID(), input: given = '{}' } = start.parse(input);
      const machine = machineOf(stateMachineArn, world);
      if (name.length > 80) throw invalid(`Value '${name}' at 'name'`);
      if (Buffer.byteLength(given) > 262_144) throw invalid("Value at 'input'");
      if (!isName(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
      if (!isJson(given))
        throw new AwsError('InvalidExecutionInput', 'Invalid State Machine Execution Input');
      const known = world.executions.get(executionArn(stateMachineArn, name));
      if (known !== undefined && (known.status !== 'RUNNING' || known.input !== given)) {
        const exists = `Execution Already Exists: '${known.executionArn}'`;
        throw new AwsError('ExecutionAlreadyExists', exists);
      }
      const { executionArn: arn, startDate } =
        known ?? engine.start(machine, { name, input: given });
      return { executionArn: arn, startDate };
    },
  }),
  /** The role must exist, and trust Step Functions. Source: Step Functions API reference, CreateStateMachine. */
  CreateStateMachine: {
    needs: ({ principal, region, input }) => [
      {
        action: 'states:CreateStateMachine',
        resource: machineArn(principal.accountId, region, String(input.name)),
      },
    ],
    perform({ input, principal, region, at }, world) {
      const { name, definition, roleArn } = create.parse(input);
      const arn = machineArn(principal.accountId, region, name);
      const properties = { DefinitionString: definition, RoleArn: roleArn };
      deployMachine({ arn, name, properties } as never, world);
      return { stateMachineArn: arn, creationDate: at };
    },
  },
  DescribeStateMachine: on('stateMachineArn', {
    perform({ input }, world) {
      const { arn, name, roleArn, definition } = machineOf(String(input.stateMachineArn), world);
      return {
        stateMachineArn: arn,
        name,
        status: 'ACTIVE',
        roleArn,
        definition,
        type: 'STANDARD',
      };
    },
  }),
  /** What is left out stays. Source: Step Functions API reference, UpdateStateMachine. */
  UpdateStateMachine: on('stateMachineArn', {
    perform({ input, at }, world) {
      const { stateMachineArn, definition, roleArn } = update.parse(input);
      const before = machineOf(stateMachineArn, world);
      world.stateMachines.set(before.arn, {
        ...before,
        ...(definition !== undefined && { definition, machine: parseMachine(definition) }),
        ...(roleArn !== undefined && { roleArn }),
      });
      return { updateDate: at };
    },
  }),
  /** The sandbox deletes it at once; AWS ends its executions first. Source: Step Functions API reference, DeleteStateMachine. */
  DeleteStateMachine: on('stateMachineArn', {
    perform({ input }, { stateMachines }) {
      stateMachines.delete(String(input.stateMachineArn));
      return {};
    },
  }),
  StopExecution: on('executionArn', {
    perform(call, world) {
      const { error, cause } = stop.parse(call.input);
      const execution = executionOf(call, world);
      engine.stop(execution, { ...(error && { error }), ...(cause && { cause }) });
      return { stopDate: execution.stopDate };
    },
  }),
  DescribeExecution: on('executionArn', {
    perform(call, world) {
      const { historyEvents: _, ...execution } = executionOf(call, world);
      return execution;
    },
  }),
  /** The newest first. */
  ListExecutions: {
    needs: ({ input, operation }) => [
      {
        action: `states:${operation}`,
        resource: String(input.mapRunArn ?? input.stateMachineArn),
      },
    ],
    perform({ input }, world) {
      const { stateMachineArn, mapRunArn, statusFilter, ...asked } = list.parse(input);
      const found = [...world.executions.values()].filter(
        (one) =>
          (mapRunArn === undefined
            ? one.stateMachineArn === stateMachineArn
            : one.mapRunArn === mapRunArn) &&
          (statusFilter === undefined || one.status === statusFilter),
      );
      const { page, nextToken } = pageOf(found.toReversed(), { ...asked, limit: asked.maxResults });
      return { executions: page.map(listed), nextToken };
    },
  },
  ListMapRuns: on('executionArn', {
    perform(call, world) {
      const { input } = call;
      const { mapRuns } = world;
      executionOf(call, world);
      const { executionArn, maxResults = 100, nextToken: from } = input;
      const found = [...mapRuns.values()].filter((one) => one.executionArn === executionArn);
      const { page, nextToken } = pageOf(found.toReversed(), {
        limit: maxResults,
        nextToken: from,
      });
      return {
        mapRuns: page.map(({ mapRunArn, stateMachineArn, startDate, stopDate }) => ({
          executionArn,
          mapRunArn,
          stateMachineArn,
          startDate,
          stopDate,
        })),
        nextToken,
      };
    },
  }),
  DescribeMapRun: on('mapRunArn', {
    perform({ input }, world) {
      const { total, ...run } = mapRunOf(String(input.mapRunArn), world);
      const counts = countsOf(run.mapRunArn, total, world);
      return { ...run, itemCounts: counts, executionCounts: counts, redriveCount: 0 };
    },
  }),
});

const start = z.object({
  stateMachineArn: z.string(),
  name: z.string().optional(),
  input: z.string().optional(),
});
const create = z.object({ name: z.string(), definition: z.string(), roleArn: z.string() });
const update = z.object({
  stateMachineArn: z.string(),
  definition: z.string().max(1_048_576).optional(),
  roleArn: z.string().optional(),
});
const stop = z.object({ error: z.string().optional(), cause: z.string().optional() });
const list = z.object({
  stateMachineArn: z.string().optional(),
  mapRunArn: z.string().optional(),
  statusFilter: z.string().optional(),
  maxResults: z.int().min(1).max(1000).default(100),
  nextToken: z.string().default('0'),
});

/** An operation that needs the permission for the resource that this member names. */
function on(member: string, operation: Pick<Operation, 'perform'>): Operation {
  return {
    needs: ({ input, operation }) => [
      { action: `states:${operation}`, resource: String(input[member]) },
    ],
    ...operation,
  };
}

const machineArn = (accountId: string, region: string, name: string): string =>
  `${arnPrefix}:states:${region}:${accountId}:stateMachine:${name}`;

const invalid = (what: string): AwsError =>
  new AwsError(
    'ValidationException',
    `1 validation error detected: ${what} failed to satisfy constraint: the length is too large`,
  );

/** Source: "Step Functions service quotas", general quotas: the characters that names must not contain. */
const isName = (name: string): boolean => /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]+$/u.test(name);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function machineOf(arn: string, { stateMachines }: World): StateMachine {
  const found = stateMachines.get(arn);
  if (found !== undefined) return found;
  throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
}

function executionOf({ input }: Call, { executions }: World): Execution {
  const found = executions.get(String(input.executionArn));
  if (found !== undefined) return found;
  const missing = `Execution Does Not Exist: '${input.executionArn}'`;
  throw new AwsError('ExecutionDoesNotExist', missing);
}

function mapRunOf(arn: string, { mapRuns }: World): MapRun {
  const found = mapRuns.get(arn);
  if (found !== undefined) return found;
  throw new AwsError('ResourceNotFound', `Map Run Does Not Exist: '${arn}'`);
}

const listed = (execution: Execution) => ({
  executionArn: execution.executionArn,
  stateMachineArn: execution.stateMachineArn,
  name: execution.name,
  status: execution.status,
  startDate: execution.startDate,
  stopDate: execution.stopDate,
  mapRunArn: execution.mapRunArn,
});

function countsOf(mapRunArn: string, total: number, { executions }: World) {
  const children = [...executions.values()].filter((one) => one.mapRunArn === mapRunArn);
  const count = (status: Execution['status']): number =>
    children.filter((child) => child.status === status).length;
  return {
    pending: total - children.length,
    running: count('RUNNING'),
    succeeded: count('SUCCEEDED'),
    failed: count('FAILED'),
    timedOut: count('TIMED_OUT'),
    aborted: count('ABORTED'),
    total,
    resultsWritten: 0,
  };
}
