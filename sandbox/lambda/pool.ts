import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FunctionState } from '../world.ts';
import type { Answer, Invocation } from './invocation.ts';

export type Pool = {
  invoke(invoke: Invoke): Promise<Invocation>;
  /**
   * Ends idle processes beyond the given number, unless the pool was used since the last call. Returns the number of
   * remaining processes.
   */
  endUnused(kept: number): Promise<number>;
  /** Ends the processes that handle an invocation, as if the function had crashed. */
  crash(): void;
  stop(): Promise<void>;
};
type Invoke = {
  readonly payload: unknown;
  readonly requestId: string;
  readonly lineage: number;
  /** A process of an earlier generation must lose its memory before it is reused. */
  readonly generation: number;
};

/** The maximum number of concurrent processes of a function. Lambda allows a thousand; here each needs a CPU core. */
const maxProcesses = 3;

/**
 * A function in one configuration, run in separate warm Node processes. As in Lambda, a process handles one invocation
 * at a time: a concurrent invocation gets another process or waits.
 */
export function createPool(
  arn: string,
  { name, configuration }: FunctionState,
  folder: string,
  environment: Readonly<Record<string, string>>,
): Pool {
  const timeoutMs = configuration.Timeout * 1000;
  const [module = '', handlerName = ''] = configuration.Handler.split('.');
  const boot = (): ChildProcess => {
    const child = fork(host, [join(folder, `${module}.mjs`), handlerName], {
      env: {
        ...configuration.Environment?.Variables,
        ...environment,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.MemorySize),
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        SANDBOX_FUNCTION_ARN: arn,
        // V8's compilation cache, which later processes reuse.
        NODE_COMPILE_CACHE: join(folder, '.compiled'),
      },
      cwd: folder,
      execArgv: [],
      silent: true,
    });
    processes.add(child);
    child.on('close', () => {
      processes.delete(child);
      idle = idle.filter((other) => other !== child);
    });
    return child;
  };
  const processes = new Set<ChildProcess>();
  let idle: ChildProcess[] = [];
  const waiting: (() => void)[] = [];
  let busy = 0;
  let stopped = false;
  let wasUsed = false;
  const end = async (ended: readonly ChildProcess[]): Promise<void> => {
    const closed = ended.map((child) => once(child, 'close'));
    for (const child of ended) child.kill('SIGKILL');
    await Promise.all(closed);
  };

  return {
    async invoke({ payload, requestId, lineage, generation }) {
      wasUsed = true;
      if (busy === maxProcesses) await new Promise<void>((resolve) => waiting.push(resolve));
      else busy += 1;
      const at = new Date().toISOString();
      const invocation = { functionName: name, requestId, at, payload };
      try {
        if (stopped) return { ...invocation, ...afterTheEnd, log: [] };
        const warm = idle.pop();
        const child = warm ?? boot();
        const message = { payload, requestId, lineage, generation, timeoutMs };
        const { answer, log } = await runInvocation(child, message, warm !== undefined);
        if (child.connected) idle.push(child);
        return { ...invocation, ...answer, log };
      } finally {
        const next = waiting.shift();
        if (next === undefined) busy -= 1;
        else next();
      }
    },
    async endUnused(kept) {
      if (!wasUsed) await end(idle.splice(kept));
      wasUsed = false;
      return processes.size;
    },
    crash() {
      for (const child of processes) if (!idle.includes(child)) child.kill('SIGKILL');
    },
    async stop() {
      stopped = true;
      await end([...processes]);
    },
  };
}

const afterTheEnd: Answer = {
  error: { errorType: 'Stopped', errorMessage: 'the sandbox has stopped' },
};

const host = fileURLToPath(new URL('host.ts', import.meta.url));

type Message = { readonly log: string } | { readonly loaded: true } | Answer;

/**
 * Sends one invocation to a process and collects the printed lines until it answers, exits or times out. The time to
 * load the code does not count. Source: Lambda developer guide, "Understanding the Lambda execution environment
 * lifecycle".
 */
function runInvocation(
  child: ChildProcess,
  invoke: Invoke & { readonly timeoutMs: number },
  isLoaded: boolean,
): Promise<{ answer: Answer; log: string[] }> {
  return new Promise((resolve) => {
    const log: string[] = [];
    let died = 'Runtime exited before it answered';
    const print = (text: string) => log.push(...text.split('\n').filter(Boolean));
    const onStderr = (chunk: Buffer) => print(chunk.toString());
    const onMessage = (message: Message) => {
      if ('log' in message) print(message.log);
      else if ('loaded' in message) startTimer();
      else finish(message);
    };
    const onExit = () =>
      finish({
        error: { errorType: 'Runtime.ExitError', errorMessage: [died, ...log].join('\n') },
      });
    let timer: NodeJS.Timeout | undefined;
    const startTimer = () => {
      timer = setTimeout(() => {
        died = `Task timed out after ${invoke.timeoutMs / 1000} seconds`;
        child.kill('SIGKILL');
      }, invoke.timeoutMs);
    };
    if (isLoaded) startTimer();

    child.on('message', onMessage).on('close', onExit);
    child.stderr?.on('data', onStderr);
    child.send(invoke, () => {});

    function finish(answer: Answer): void {
      clearTimeout(timer);
      child.off('message', onMessage).off('close', onExit);
      child.stderr?.off('data', onStderr);
      resolve({ answer, log });
    }
  });
}
