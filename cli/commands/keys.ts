import type { Command } from 'commander';
import { shortId } from '#baseline/signing/signature.ts';
import type { Signer } from '#baseline/signing/signer.ts';
import { action, answerIn, type Context } from '../context.ts';
import type { ExitCode } from '../exit-code.ts';
import { examples, type GlobalOptions } from '../options.ts';
import { chosenKey, pemOf, signerOf } from '../signing-key.ts';
import { unbroken } from '../terminal.ts';

export const configure = (command: Command): Command =>
  command
    .addHelpText('after', '\nThe functions trust only the keys in signing.keys, after you deploy.')
    .addHelpText('after', examples('keys --signing-key trailkeeper-key.pem'))
    .action(async (...given: readonly unknown[]) => {
      const { signingKey, json } = (given.at(-1) as Command).optsWithGlobals<GlobalOptions>();
      const key = chosenKey(signingKey);
      if (key === undefined || key.startsWith('arn:')) return ofDeployment(...given);
      // The file of a private key needs no credentials and no deployment.
      await printKey(signerOf(key, {}), answerIn(json));
    });

const ofDeployment = action<object, readonly []>(({ signer, answer }) => printKey(signer, answer));

async function printKey(signer: Signer | null, answer: Context['answer']): Promise<ExitCode> {
  if (signer === null) {
    throw new Error(
      'no signing key: create one with npx --no -- trailkeeper init --new-key kms, or pass --signing-key',
    );
  }
  const key = await signer.publicKey();
  const { id, algorithm } = key;
  const pem = pemOf(key);
  answer({ id, algorithm, pem }, () => [
    `key ${shortId(id)}, for signing.keys in cdk.json:`,
    unbroken(JSON.stringify(pem)),
  ]);
  return 0;
}
