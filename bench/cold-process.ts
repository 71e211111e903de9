import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

/** The resources that a new process uses until it has handled its first event. */
export type ColdProcess = {
  /** User and system time in milliseconds, including the start of Node. */
  readonly cpuMs: number;
  /** The part of it until the code is loaded. */
  readonly loadMs: number;
  /** The size of all loaded code. */
  readonly bytes: number;
  /** The process's memory after its first event. */
  readonly memoryBytes: number;
};

/** Arguments: the bundle's file and the event's file. Prints a `ColdProcess` in JSON as the last line on stderr. */
const [, , bundle = '', event = ''] = process.argv;
let bytes = 0;
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    bytes += Buffer.byteLength((loaded.source as string | Buffer | undefined) ?? '');
    return loaded;
  },
});
process.stdout.write = () => true;
const { handler } = await import(pathToFileURL(bundle).href);
const loadMs = cpuMs();
await handler(JSON.parse(readFileSync(event, 'utf8')), {
  awsRequestId: 'cold',
  functionName: 'cold',
});
const used: ColdProcess = {
  cpuMs: cpuMs(),
  loadMs,
  bytes,
  memoryBytes: process.memoryUsage.rss(),
};
process.stderr.write(`\n${JSON.stringify(used)}`, () => process.exit());

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
