import { streams } from './session.ts';
import { paint } from './terminal.ts';

export type Progress = {
  /** Says how far it is; `step` is what a log keeps a line of, and no more. */
  report(text: string, step: string): void;
  /** Takes the last line away from a terminal. */
  end(): void;
};

/** How far long work is, beside the answer: one line that changes in a terminal, and a line a step elsewhere. */
export function progress(stream = streams().stderr): Progress {
  let last: string | null = null;
  return {
    report(text, step) {
      if (stream.isTTY) stream.write(`${clear}${paint('dim', text, stream)}`);
      else if (step !== last) stream.write(`${text}\n`);
      last = step;
    },
    end() {
      if (stream.isTTY && last !== null) stream.write(clear);
    },
  };
}

/** Back to the beginning of the line, and nothing on it. */
const clear = '\r\u001b[K';
