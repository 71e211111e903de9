import { randomUUID } from 'node:crypto';
import { AwsError } from '../service.ts';
import type { FunctionState, World } from '../world.ts';
import { codeFolder, storeCode } from './code.ts';
import type { Invocation } from './invocation.ts';
import { createPool, type Pool } from './pool.ts';

/** `requestId` is that of the first attempt. `lineage` is the number of chained invocations before this one. */
export type InvocationTrace = { readonly requestId?: string; readonly lineage?: number };

export type Lambda = {
  readonly invocations: Invocation[];
  /** Invokes a function by name or ARN. Throws Lambda's error if the function does not exist or is throttled. */
  invoke(functionId: string, payload: unknown, trace?: InvocationTrace): Promise<Invocation>;
  /** Stores an uploaded zip and returns its path. */
  upload(zip: Uint8Array): string;
  /** Ends the running invocations of a function by name, as if it had crashed. */
  crash(functionName: string): void;
  /** Later invocations run without memory of earlier ones. */
  recycle(): void;
  /**
   * Ends the processes that are not needed: those of configurations that were not used since the last call, except one
   * for each configuration in force.
   */
  endUnused(): Promise<void>;
  /** Ends every process and refuses further invocations. */
  stop(): Promise<void>;
};

/** The variables that Lambda sets for a function, for example the credentials of its role. */
export type Environment = (fn: FunctionState) => Readonly<Record<string, string>>;

/** The part of AWS Lambda that runs functions. */
export function createLambda(world: World, environment: Environment): Lambda {
  const invocations: Invocation[] = [];
  // By code and configuration: after a change of either, a function runs in new processes.
  const pools = new Map<string, Pool>();
  let generation = 0;
  const keyOf = (arn: string, fn: FunctionState) =>
    JSON.stringify([arn, fn.code, fn.configuration]);
  const poolOf = (arn: string, fn: FunctionState): Pool => {
    const key = keyOf(arn, fn);
    const pool = pools.get(key) ?? createPool(arn, fn, codeFolder(fn.code), environment(fn));
    pools.set(key, pool);
    return pool;
  };
  return {
    invocations,
    upload: storeCode,
    async invoke(id, payload, { requestId = randomUUID(), lineage = 0 } = {}) {
      const [arn, fn] = findFunction(world, id);
      if (fn.reservedConcurrency === 0) {
        throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
      }
      if (isLoop(fn, lineage)) throw recursion();
      const invocation = await poolOf(arn, fn).invoke({
        payload,
        requestId,
        lineage: lineage + 1,
        generation,
      });
      invocations.push(invocation);
      return invocation;
    },
    crash(functionName) {
      const [arn] = findFunction(world, functionName);
      for (const [key, pool] of pools) if (JSON.parse(key)[0] === arn) pool.crash();
    },
    recycle() {
      generation += 1;
    },
    async endUnused() {
      const inForce = new Set([...world.functions].map(([arn, fn]) => keyOf(arn, fn)));
      await Promise.all(
        [...pools].map(async ([key, pool]) => {
          const count = await pool.endUnused(inForce.has(key) ? 1 : 0);
          if (count === 0) pools.delete(key);
        }),
      );
    },
    async stop() {
      await Promise.all([...pools.values()].map(({ stop }) => stop()));
    },
  };
}

/**
 * Whether Lambda detects a recursive loop. Source: Lambda developer guide, "Use Lambda recursive loop detection to
 * prevent infinite loops"; AWS Compute Blog, "Detecting and stopping recursive loops".
 */
const isLoop = ({ configuration }: FunctionState, lineage: number): boolean =>
  lineage >= 16 && configuration.RecursiveLoop !== 'Allow';

const recursion = (): AwsError =>
  new AwsError('RecursiveInvocationException', 'Lambda has detected a recursive loop.');

/** A function by its name, ARN or partial ARN. Version and alias are ignored. */
export function findFunction(world: World, id: unknown): [arn: string, fn: FunctionState] {
  const name = String(id).split(':function:').at(-1)?.split(':')[0];
  const found = [...world.functions].find(([, fn]) => fn.name === name);
  if (found !== undefined) return found;
  throw new AwsError('ResourceNotFoundException', `Function not found: ${id}`, 404);
}
