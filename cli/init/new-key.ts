import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '#aws/errors.ts';
import { pemOf, signerFrom } from '../signing-key.ts';
import { note } from '../terminal.ts';
import type { Answers } from './answers.ts';
import type { WrittenConfig } from './config-file.ts';
import { deploySigningKey, signingKeyIn } from './signing-key-stack.ts';

/** Creates or takes the signing key, and lets the approvers sign with it. Returns the configuration with its public key pinned. */
export async function withKey(
  { key, approvers }: Answers,
  config: WrittenConfig,
  before: WrittenConfig,
): Promise<WrittenConfig> {
  const { keys = [], ...signing } = config.signing ?? {};
  if (key.kind === 'none') {
    const { signing: _, ...unsigned } = config;
    return unsigned;
  }
  if (key.kind === 'kept') {
    const isSame = isDeepStrictEqual(approvers, before.approvers);
    if (signing.key !== undefined && !isSame) await changeApprovers(signing.key, approvers, config);
    return config;
  }
  const named = key.kind === 'existing' ? key.key : await createKey(key.where, approvers, config);
  const pem = pemOf(await signerFrom(named).publicKey());
  const pinned = [...new Set([...keys, pem])];
  const kms = named.startsWith('arn:') ? { key: named } : {};
  return { ...config, signing: { ...signing, ...kms, keys: pinned } };
}

const regionOf = ({ account, region }: WrittenConfig) => ({
  account: String(account),
  region: String(region),
});

async function changeApprovers(
  key: string,
  approvers: readonly string[],
  config: WrittenConfig,
): Promise<void> {
  const at = regionOf(config);
  if ((await signingKeyIn(at)) === key) await deploySigningKey(at, approvers);
  else note(`${key} is not the key of init: change who may sign with it in its key policy`);
}

async function createKey(
  where: string,
  approvers: readonly string[],
  config: WrittenConfig,
): Promise<string> {
  if (where === 'kms') return deploySigningKey(regionOf(config), approvers);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  try {
    // Refuses to overwrite a file, which may be a key.
    writeFileSync(where, pem, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new Error(
      `--new-key ${where} cannot be written: ${messageOf(cause)}. Name a new file in a directory that exists and that you may write to`,
      { cause },
    );
  }
  return where;
}
