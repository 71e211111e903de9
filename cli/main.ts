import { run } from './run.ts';

for (const stream of [process.stdout, process.stderr]) {
  // A reader such as `head` may stop early: that is no error.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

/** Clears the line of the progress, and shows the cursor. */
const tidy = '\r\u001b[K\u001b[?25h';

process.once('SIGINT', () => {
  if (process.stderr.isTTY) process.stderr.write(tidy);
  process.exit(130);
});

process.exitCode = await run(process.argv.slice(2), process);
