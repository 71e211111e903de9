import type { Gap } from '#gaps/gap.ts';
import { window } from './recorded-calls.ts';

/** The field, times and certainty of each gap; times in seconds after the start of the window. */
export const brief = (gaps: readonly Gap[]): readonly string[] =>
  gaps.map(({ kind, path, from, to, isCertain, isOpen }) =>
    [
      `${kind}.${path}`,
      secondsOf(from),
      secondsOf(to),
      isCertain ? 'certain' : 'perhaps',
      ...(isOpen ? ['open'] : []),
    ].join(' '),
  );

/** A time in the window, in seconds after its start. */
export const secondsOf = (time: string): number =>
  (Date.parse(time) - Date.parse(window.from)) / 1000;
