import { styleText } from 'node:util';
import Table from 'cli-table3';
import { type Figure, isMet, type Spread } from './figure.ts';

/** The figures of a measurement as a table 80 columns wide. */
export function table(title: string, figures: readonly Figure[]): string {
  const rows = new Table({
    head: [title, 'ours', 'floor', 'limit', 'ratio', 'goal'],
    colWidths: [30, 17, 11, 7, 7, 8],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { 'padding-left': 0, 'padding-right': 1, head: ['bold'], border: [] },
    chars: noBorder,
  });
  for (const one of figures) {
    rows.push([
      one.name,
      `${spread(one.ours)} ${one.unit}`,
      one.floor === null ? '' : short(one.floor.median),
      one.limit === null ? '' : short(one.limit),
      one.ratio === null ? '' : short(one.ratio),
      one.goal === null ? '' : `${short(one.goal)} ${isMet(one) ? 'met' : styleText('red', 'no')}`,
    ]);
  }
  return rows.toString();
}

const spread = ({ median, low, high }: Spread): string =>
  low === high ? short(median) : `${short(median)} (${short(low)}-${short(high)})`;

const short = (value: number): string =>
  Number.isInteger(value) || value >= 99.5 ? String(Math.round(value)) : value.toPrecision(2);

const noBorder = Object.fromEntries(
  ['top', 'mid', 'left', 'bottom', 'right'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((part) => [`${side}${part}`, '']),
  ),
);
