import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { answers, failure } from '../../cli/json-answers.ts';
import { run } from '../../cli/run.ts';

export type Run = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a CLI command in this process with additional environment variables and without a terminal. */
export function runCli(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
  cwd = process.cwd(),
): Promise<Run> {
  const ended = last.then(() => withEnvironment(variables, cwd, () => captured(args)));
  last = ended.catch(() => {});
  return ended;
}

/** The SDK reads the process's environment, so runs are sequential. */
let last: Promise<unknown> = Promise.resolve();

async function captured(args: readonly string[]): Promise<Run> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end();
  const output = Promise.all([text(stdout), text(stderr)]);
  const code = await run(args, { stdin, stdout, stderr } as never);
  stdout.end();
  stderr.end();
  const [out, err] = await output;
  if (args.includes('--json') && out !== '') expectAnswer(args, JSON.parse(out));
  return { code, stdout: out, stderr: err };
}

/** What a command answers has the schema that is published for it. */
function expectAnswer([name = '', below]: readonly string[], answer: object): void {
  if ('error' in answer) return void failure.parse(answer);
  const schema = Object.entries(answers).find(([command]) =>
    [name, `${name} ${below}`].includes(command),
  )?.[1];
  if (schema === undefined) throw new Error(`no schema of the answer of ${name}`);
  schema.parse(answer);
}

async function withEnvironment<T>(
  variables: Readonly<Record<string, string>>,
  cwd: string,
  what: () => Promise<T>,
): Promise<T> {
  const [env, from] = [{ ...process.env }, process.cwd()];
  Object.assign(process.env, variables);
  process.chdir(cwd);
  try {
    return await what();
  } finally {
    process.chdir(from);
    for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
    Object.assign(process.env, env);
  }
}
