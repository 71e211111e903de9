import { parseSigning } from '#deployment/signing-config.ts';
import { type Outputs, output } from '../stack.ts';
import { counted } from '../terminal.ts';
import { type Check, type Finding, ok, warning } from './check.ts';

/** The mode, the home Regions and the pinned keys. */
export const stack: Check = {
  name: 'stack',
  async run({ outputs }) {
    const regions = output(outputs, 'HomeRegions').replaceAll(',', ', ');
    const mode =
      output(outputs, 'Mode') === 'enforce'
        ? ok('mode enforce: drift is restored')
        : warning('mode observe: drift is reported, not restored');
    return [ok(`home Regions: ${regions}`), mode, ...signing(outputs)];
  },
};

function signing({ Signing }: Outputs): readonly Finding[] {
  const keys = Signing === undefined ? [] : parseSigning(Signing).keys;
  if (keys.length === 0) {
    return [
      warning(
        'baselines are not signed: an administrator who removes the policy of the table can change them, which is reported',
        'to sign them, too: npx --no -- trailkeeper init --new-key kms, then npx --no -- trailkeeper deploy',
      ),
    ];
  }
  return [ok(`baselines must be signed by one of ${counted(keys.length, 'key', 'keys')}`)];
}
