import { output } from '../stack.ts';
import { type Check, noteworthy, ok } from './check.ts';

/** Where trailkeeper is deployed, and whether it restores. */
export const stack: Check = {
  name: 'stack',
  async run({ outputs }) {
    const where = `deployed for ${output(outputs, 'HomeRegions').replaceAll(',', ', ')}`;
    return output(outputs, 'Mode') === 'enforce'
      ? [ok(`${where}, in mode enforce`)]
      : [noteworthy(`${where}, in mode observe: drift is told, and nothing is restored`)];
  },
};
