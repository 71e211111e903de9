import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { messageOf, nameOf } from './errors.ts';
import { requestHandler } from './request-handler.ts';

/** Thrown if a secret cannot be read or has no value. The message has the remedy and never the secret. */
export class SecretError extends Error {
  override readonly name = 'SecretError' as const;
}

export type Secret = {
  /** The value, cached for five minutes. `anew` reads it again, because it may have been rotated. */
  read(options?: { readonly anew: boolean }): Promise<string>;
};

/** A secret of Secrets Manager, by ARN, or by name in the caller's Region. */
export function secretOf(id: string): Secret {
  const region = id.startsWith('arn:') ? id.split(':')[3] : undefined;
  const provider = new SecretsProvider({
    clientConfig: { ...(region && { region }), requestHandler },
  });
  return {
    async read({ anew } = { anew: false }) {
      const value = await provider.get(id, { maxAge: 300, forceFetch: anew }).catch((cause) => {
        throw new SecretError(problem(id, cause.cause ?? cause));
      });
      if (typeof value === 'string' && value.trim() !== '') return value.trim();
      throw new SecretError(`the secret ${id} has no text: ${remedy(id)}`);
    },
  };
}

function problem(id: string, cause: unknown): string {
  const reason = messageOf(cause);
  const what = `the secret ${id} cannot be read: ${nameOf(cause)}: ${reason}`;
  if (nameOf(cause) !== 'ResourceNotFoundException') return what;
  return reason.includes('AWSCURRENT')
    ? `the secret ${id} has no value yet: ${remedy(id)}`
    : `${what}. Set it with: ${remedy(id)}`;
}

const remedy = (id: string): string =>
  `aws secretsmanager put-secret-value --secret-id ${id} --secret-string file://secret.txt`;
