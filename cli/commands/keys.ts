import { Command } from 'commander';
import { shortId } from '#baseline/signing/signature.ts';
import { action } from '../context.ts';

export const keys = new Command('keys')
  .description('print the public key of your signing key, for signing.keys in cdk.json')
  .addHelpText('after', '\nThe functions trust only the keys in signing.keys, after you deploy.')
  .action(
    action<object, readonly []>(async ({ signer, answer }) => {
      if (signer === null) {
        throw new Error(
          'no signing key: add yourself to signing.approvers in cdk.json and deploy, which creates one, or pass --signing-key',
        );
      }
      const { id, algorithm, der } = await signer.publicKey();
      const pem = pemOf(der);
      answer({ id, algorithm, pem }, () => [
        `key ${shortId(id)}, for signing.keys in cdk.json:`,
        JSON.stringify(pem),
      ]);
      return 0;
    }),
  );

const pemOf = (der: string): string =>
  [
    '-----BEGIN PUBLIC KEY-----',
    ...(der.match(/.{1,64}/g) ?? []),
    '-----END PUBLIC KEY-----',
    '',
  ].join('\n');
