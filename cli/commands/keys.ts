import type { Command } from 'commander';
import { shortId } from '#baseline/signing/signature.ts';
import { answerIn, type Context, connect, localAction } from '../context.ts';
import type { ExitCode } from '../exit-code.ts';
import { examples } from '../options.ts';
import { chosenKey, pemOf, signerOf } from '../signing-key.ts';
import { unbroken } from '../terminal.ts';

export const configure = (command: Command): Command =>
  command
    .addHelpText('after', '\nThe functions trust only the keys in signing.keys, after you deploy.')
    .addHelpText('after', examples('keys --signing-key trailkeeper-key.pem'))
    .action(
      localAction(async (options) => {
        const key = chosenKey(options.signingKey);
        // The file of a private key needs no credentials and no deployment.
        const isFile = key !== undefined && !key.startsWith('arn:');
        return isFile
          ? printKey({ signer: signerOf(key, {}), answer: answerIn(options.json) })
          : printKey(await connect(options));
      }),
    );

async function printKey({ signer, answer }: Pick<Context, 'signer' | 'answer'>): Promise<ExitCode> {
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
