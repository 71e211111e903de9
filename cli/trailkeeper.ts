#!/usr/bin/env node
import { run } from './run.ts';

// Anyone who reads only the beginning, as head does, has what they want.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await run(process.argv.slice(2), process);
