import { constants, generateKeyPairSync, type KeyObject, privateDecrypt } from 'node:crypto';
import { ownKey } from './kms-keys.ts';
import type { Service } from './operation.ts';
import { AwsError } from './service.ts';
import type { KmsKey } from './world.ts';

/**
 * The operations on key material that its owner imports. Source: AWS KMS API reference, GetParametersForImport, ImportKeyMaterial and
 * DeleteImportedKeyMaterial. Material is wrapped with RSAES_OAEP_SHA_256; that it is the same as before is not checked.
 */
export const material: Service = {
  GetParametersForImport: {
    needs: () => [],
    perform(call, world) {
      const { arn } = importable(ownKey(call, world));
      return {
        KeyId: arn,
        ImportToken: Buffer.from(arn).toString('base64'),
        PublicKey: wrapping().publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      };
    },
  },
  ImportKeyMaterial: {
    needs: () => [],
    perform(call, world) {
      const { arn, key } = importable(ownKey(call, world));
      const { ImportToken, EncryptedKeyMaterial } = call.input;
      if (Buffer.from(String(ImportToken), 'base64').toString() !== arn) {
        throw new AwsError('InvalidImportTokenException', 'The token is for another key.');
      }
      if (unwrapped(EncryptedKeyMaterial).length !== 32) {
        throw new AwsError('IncorrectKeyMaterialException', 'The material is not 256 bits long.');
      }
      world.keys.set(arn, { ...key, state: 'Enabled' });
      return { KeyId: arn };
    },
  },
  DeleteImportedKeyMaterial: {
    needs: () => [],
    perform(call, world) {
      const { arn, key } = importable(ownKey(call, world));
      world.keys.set(arn, { ...key, state: 'PendingImport' });
      return { KeyId: arn };
    },
  },
};

type Found = { readonly arn: string; readonly key: KmsKey };

function importable(found: Found): Found {
  if (found.key.origin === 'EXTERNAL') return found;
  throw new AwsError('UnsupportedOperationException', `${found.arn} origin is not EXTERNAL.`);
}

let pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } | null = null;

/** The key that wraps material, for all keys of this process. */
function wrapping() {
  pair ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
  return pair;
}

function unwrapped(wrapped: unknown): Buffer {
  const { privateKey: key } = wrapping();
  try {
    return privateDecrypt(
      { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
      Buffer.from(String(wrapped), 'base64'),
    );
  } catch {
    throw new AwsError('InvalidCiphertextException', 'The material cannot be unwrapped.');
  }
}
