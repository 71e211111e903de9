import { type Secret, SecretError } from '#aws/secret.ts';
import { RequestError } from './http.ts';

/**
 * Uses a secret. If it is malformed, or the product refuses the request, reads the secret again, and tries once more if it has changed:
 * someone may have corrected or rotated it.
 */
export async function withSecret<Value, Done>(
  secret: Secret,
  parse: (text: string) => Value,
  use: (value: Value) => Promise<Done>,
): Promise<Done> {
  const text = await secret.read();
  try {
    return await use(parse(text));
  } catch (error) {
    const isStale =
      error instanceof SecretError || (error instanceof RequestError && !error.isTransient);
    if (!isStale) throw error;
    const now = await secret.read({ anew: true });
    if (now === text) throw error;
    return use(parse(now));
  }
}
