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

/** Whether baselines must be signed. */
function signing({ Signing }: Outputs): readonly Finding[] {
  const keys = Signing === undefined ? [] : parseSigning(Signing).keys;
  if (keys.length === 0) {
    return [
      noteworthy(
        'baselines are not signed: anyone who can write to the state table can change them. npx trailkeeper keys prints the public key for signing.keys in cdk.json; deploy, then capture each trail again',
      ),
    ];
  }
  return [ok(`baselines must be signed by an approver: ${keys.length} of them in signing.keys`)];
}
