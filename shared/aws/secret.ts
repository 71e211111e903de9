import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { messageOf, nameOf } from './errors.ts';

/** Thrown where a secret can not be read, or has no value; the message says what to do, and never what the secret is. */
export class SecretError extends Error {
  override readonly name = 'SecretError' as const;
}

export type Secret = {
  /** The value, from memory if it was read within five minutes, unless it is to be read anew: it may have been rotated. */
  read(options?: { readonly anew: boolean }): Promise<string>;
};

/** A secret of Secrets Manager, by its ARN, or by its name in the Region of the caller. */
export function secretOf(id: string): Secret {
  const region = id.startsWith('arn:') ? id.split(':')[3] : undefined;
  const provider = new SecretsProvider({
    clientConfig: { ...(region && { region }), requestHandler },
  });
  return {
    async read({ anew } = { anew: false }) {
      const value = await provider.get(id, { maxAge: 300, forceFetch: anew }).catch((cause) => {
        throw new SecretError(`${problem(id, cause.cause ?? cause)}`);
      });
      if (typeof value === 'string' && value.trim() !== '') return value.trim();
      throw new SecretError(`the secret ${id} holds no text: ${remedy(id)}`);
    },
  };
}

function problem(id: string, cause: unknown): string {
  const what = `the secret ${id} can not be read: ${nameOf(cause)}: ${messageOf(cause)}`;
  return nameOf(cause) === 'ResourceNotFoundException'
    ? `${what}. Put a value in: ${remedy(id)}`
    : what;
}

const remedy = (id: string): string =>
  `aws secretsmanager put-secret-value --secret-id ${id} --secret-string file://secret.txt`;

/** In milliseconds. */
const requestHandler = {
  connectionTimeout: 2000,
  requestTimeout: 4000,
  throwOnRequestTimeout: true,
};
