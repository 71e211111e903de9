import { streams } from './session.ts';
import { paint } from './terminal.ts';

export type Progress = {
  /** Prints progress. Without a terminal, one line for each new `step`. */
  report(text: string, step: string): void;
  /** Clears the line in a terminal. */
  end(): void;
};

/** Progress on stderr: in a terminal, one line that changes; elsewhere, one line for each step. */
export function progress(stream = streams().stderr): Progress {
  let last: string | null = null;
  return {
    report(text, step) {
      const fitting = text.slice(0, (stream.columns || Number.POSITIVE_INFINITY) - 1);
      if (stream.isTTY) stream.write(`${clear}${paint('dim', fitting, stream)}`);
      else if (step !== last) stream.write(`${text}\n`);
      last = step;
    },
    end() {
      if (stream.isTTY && last !== null) stream.write(clear);
    },
  };
}

/** Clears the current line. */
const clear = '\r\u001b[K';
