import { Command } from 'commander';
import { shortId } from '#baseline/signing/signature.ts';
import { action } from '../context.ts';

export const keys = new Command('keys')
  .description('the public key of what you sign with, for signing.keys in cdk.json')
  .addHelpText(
    'after',
    '\nThe functions believe the keys in signing.keys, and no others, once that is deployed.',
  )
  .action(
    action<object, readonly []>(async ({ signer, answer }) => {
      if (signer === null) {
        throw new Error(
          'no key: name yourself in signing.approvers of cdk.json and deploy, which makes one, or say which: --signing-key',
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
