import { parseSigning } from '#deployment/config.ts';
import { type Outputs, output } from '../stack.ts';
import { type Check, type Finding, noteworthy, ok } from './check.ts';

/** Where trailkeeper is deployed, and whether it restores. */
export const stack: Check = {
  name: 'stack',
  async run({ outputs }) {
    const where = `deployed for ${output(outputs, 'HomeRegions').replaceAll(',', ', ')}`;
    const mode =
      output(outputs, 'Mode') === 'enforce'
        ? ok(`${where}, in mode enforce`)
        : noteworthy(`${where}, in mode observe: drift is told, and nothing is restored`);
    return [mode, ...signing(outputs)];
  },
};

/** Whose word counts for what a trail must be. */
function signing({ Signing }: Outputs): readonly Finding[] {
  const { keys, required } =
    Signing === undefined ? { keys: [], required: 1 } : parseSigning(Signing);
  if (keys.length === 0) {
    return [
      noteworthy(
        'baselines are not signed: whoever writes to the state table says what a trail must be. npx trailkeeper keys prints the public key for signing.keys of cdk.json; deploy, and capture each trail again',
      ),
    ];
  }
  const by = required === 2 ? 'two of the keys' : 'one of the keys';
  return [ok(`a version counts that ${by} in signing.keys signed, of ${keys.length}`)];
}
