import { flushCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Usage } from './invocation.ts';

/**
 * The Node process of one function: loads the bundle like Lambda and handles one invocation at a time. Arguments: the
 * bundle's file and the handler's name. Sends printed lines to the parent as messages, so that they arrive before the
 * result.
 */
const [, , file = '', handlerName = ''] = process.argv;
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk: string | Uint8Array): boolean => {
    process.send?.({ log: String(chunk) });
    return true;
  };
}
// The process exits when its parent does, for whatever reason.
process.on('disconnect', () => process.exit());
const url = pathToFileURL(file).href;
const loaded = await import(url);
let handler: Handler = loaded[handlerName];
let generation: number | null = null;

process.on('message', async (invoke: Invoke) => {
  const { payload, requestId, lineage, timeoutMs } = invoke;
  const deadline = Date.now() + timeoutMs;
  // The SDK sends the trace ID with every call; Lambda uses it to detect loops.
  process.env._X_AMZN_TRACE_ID = `Root=1-00000000-000000000000000000000000;Lineage=${lineage}:sandbox:0`;
  const context = {
    awsRequestId: requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: process.env.SANDBOX_FUNCTION_ARN,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  const isFirst = generation === null;
  const before = process.cpuUsage();
  const usage = (): Usage => {
    const { user, system } = process.cpuUsage(before);
    return {
      cpuMs: (user + system) / 1000,
      maxMemoryMb: process.resourceUsage().maxRSS / 1024,
      isFirst,
    };
  };
  try {
    if (!isFirst && invoke.generation !== generation)
      handler = await freshHandler(invoke.generation);
    generation = invoke.generation;
    const result = (await handler(payload, context)) ?? null;
    process.send?.({ result, usage: usage() });
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    const trace = stack?.split('\n') ?? [];
    const answer = { errorType: name, errorMessage: message, trace };
    process.send?.({ error: answer, usage: usage() });
  }
  if (isFirst) flushCompileCache();
});
process.send?.({ loaded: true });

/** A handler without memory of earlier invocations: created by the bundle's factory if it has one, otherwise loaded again. */
async function freshHandler(count: number): Promise<Handler> {
  if (typeof loaded.createHandler === 'function') return loaded.createHandler();
  return (await import(`${url}?${count}`))[handlerName];
}

type Handler = (payload: unknown, context: object) => unknown;
type Invoke = {
  readonly payload: unknown;
  readonly requestId: string;
  readonly lineage: number;
  readonly generation: number;
  readonly timeoutMs: number;
};
