import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { pemOf, signerFrom } from '../signing-key.ts';
import type { Answers } from './answers.ts';
import type { WrittenConfig } from './config-file.ts';
import { createSigningKey } from './signing-key-stack.ts';

type Signing = { readonly keys?: readonly string[] };

/** Creates or takes the signing key. Returns the configuration with its public key pinned. */
export async function withKey(key: Answers['key'], config: WrittenConfig): Promise<WrittenConfig> {
  if (key.kind === 'kept') return config;
  const named = key.kind === 'existing' ? key.key : await createKey(key, config);
  const { der } = await signerFrom(named).publicKey();
  const { keys = [], ...signing } = (config.signing ?? {}) as Signing;
  const pinned = [...new Set([...keys, pemOf(der)])];
  const kms = named.startsWith('arn:') ? { key: named } : {};
  return { ...config, signing: { ...signing, ...kms, keys: pinned } };
}

async function createKey(
  { where, approvers }: Extract<Answers['key'], { kind: 'new' }>,
  { account, region }: WrittenConfig,
): Promise<string> {
  if (where === 'kms')
    return createSigningKey({ account: String(account), region: String(region) }, approvers);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  // Refuses to overwrite a file, which may be a key.
  writeFileSync(where, pem, { mode: 0o600, flag: 'wx' });
  return where;
}
