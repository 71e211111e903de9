import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AwsError, type Service } from './service.ts';
import type { Resource } from './template.ts';

/** What became of one invocation: the handler's result or error, as Lambda words it, and what it printed. */
export type Invocation = Answer & {
  readonly functionName: string;
  readonly requestId: string;
  readonly at: string;
  readonly payload: unknown;
  readonly log: readonly string[];
};

export type Answer =
  | { readonly result: unknown }
  | { readonly error: { readonly errorType: string; readonly errorMessage: string } };

export type Lambda = {
  readonly service: Service;
  readonly invocations: Invocation[];
  /** Makes a function of the template work, with these variables beside its own. */
  createFunction(resource: Resource, environment: Readonly<Record<string, string>>): void;
  /** Invokes a function by its name or ARN. */
  invoke(functionId: string, payload: unknown): Promise<Invocation>;
  /** Ends every process, and starts none any more. */
  stop(): Promise<void>;
};

/** AWS Lambda, as far as its functions run and can be invoked. */
export function createLambda(): Lambda {
  const functions: LambdaFunction[] = [];
  const invocations: Invocation[] = [];
  const find = (id: unknown): LambdaFunction => {
    const found = functions.find(({ name, arn }) => id === name || id === arn);
    if (found !== undefined) return found;
    throw new AwsError('ResourceNotFoundException', `Function not found: ${id}`, 404);
  };
  const invoke = async (id: unknown, payload: unknown): Promise<Invocation> => {
    const invocation = await find(id).invoke(payload);
    invocations.push(invocation);
    return invocation;
  };
  return {
    invocations,
    invoke,
    createFunction: (resource, environment) =>
      functions.push(lambdaFunction(resource, environment)),
    async stop() {
      await Promise.all(functions.map(({ stop }) => stop()));
    },
    service: {
      Invoke: {
        needs: ({ input: { FunctionName } }) => [
          { action: 'lambda:InvokeFunction', resource: find(FunctionName).arn },
        ],
        perform: ({ input: { FunctionName, Payload } }) => invoke(FunctionName, Payload),
      },
    },
  };
}

type LambdaFunction = {
  readonly name: string;
  readonly arn: string;
  invoke(payload: unknown): Promise<Invocation>;
  stop(): Promise<void>;
};

/**
 * A deployed function, run from its asset in a Node process of its own that stays warm. As in Lambda a process serves one
 * invocation at a time: one that comes meanwhile gets another process.
 */
function lambdaFunction(
  { name, arn, properties, asset }: Resource,
  environment: Readonly<Record<string, string>>,
): LambdaFunction {
  const timeoutMs = properties.Timeout * 1000;
  const [module = '', handlerName = ''] = String(properties.Handler).split('.');
  const boot = (): ChildProcess => {
    const child = fork(host, [join(asset ?? '', `${module}.mjs`), handlerName], {
      env: {
        ...properties.Environment?.Variables,
        ...environment,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(properties.MemorySize),
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        SANDBOX_FUNCTION_ARN: arn,
      },
      cwd: asset ?? '',
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
  let stopped = false;

  return {
    name,
    arn,
    async invoke(payload) {
      const requestId = randomUUID();
      const at = new Date().toISOString();
      const invocation = { functionName: name, requestId, at, payload };
      if (stopped) return { ...invocation, ...afterTheEnd, log: [] };
      const child = idle.pop() ?? boot();
      const { answer, log } = await converse(child, { payload, requestId, timeoutMs });
      if (child.connected) idle.push(child);
      return { ...invocation, ...answer, log };
    },
    async stop() {
      stopped = true;
      const closed = [...processes].map((child) => once(child, 'close'));
      for (const child of processes) child.kill('SIGKILL');
      await Promise.all(closed);
    },
  };
}

const afterTheEnd: Answer = {
  error: { errorType: 'Stopped', errorMessage: 'the sandbox has stopped' },
};

const host = fileURLToPath(new URL('lambda-host.ts', import.meta.url));

type Message = { readonly log: string } | Answer;

/** Sends one invocation to a process and gathers what it prints until it answers, exits or takes too long. */
function converse(
  child: ChildProcess,
  invoke: { readonly payload: unknown; readonly requestId: string; readonly timeoutMs: number },
): Promise<{ answer: Answer; log: string[] }> {
  return new Promise((resolve) => {
    const log: string[] = [];
    let died = 'Runtime exited before it answered';
    const print = (text: string) => log.push(...text.split('\n').filter(Boolean));
    const onStderr = (chunk: Buffer) => print(chunk.toString());
    const onMessage = (message: Message) => {
      if ('log' in message) print(message.log);
      else finish(message);
    };
    const onExit = () =>
      finish({
        error: { errorType: 'Runtime.ExitError', errorMessage: [died, ...log].join('\n') },
      });
    const timer = setTimeout(() => {
      died = `Task timed out after ${invoke.timeoutMs / 1000} seconds`;
      child.kill('SIGKILL');
    }, invoke.timeoutMs);

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
