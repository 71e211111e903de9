import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What a new process used until its first event was handled. */
export type ColdProcess = {
  /** In milliseconds, user and system, the start of Node included. */
  readonly cpuMs: number;
  /** Of all code that was loaded. */
  readonly bytes: number;
  /** The memory of the process after its first event. */
  readonly memoryBytes: number;
};

/** Arguments: the file of a bundle, and a file with the event. Prints `ColdProcess` as JSON, as its last line on stderr. */
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
await handler(JSON.parse(readFileSync(event, 'utf8')), {
  awsRequestId: 'cold',
  functionName: 'cold',
});
const { user, system } = process.cpuUsage();
const used: ColdProcess = {
  cpuMs: (user + system) / 1000,
  bytes,
  memoryBytes: process.memoryUsage.rss(),
};
process.stderr.write(`\n${JSON.stringify(used)}`, () => process.exit());
