import { SecretError, secretOf } from '#aws/secret.ts';
import { productOf, secretsIn } from '../checks/channel-secrets.ts';
import { outputsOf } from '../stack.ts';

/** What to do if the secret of a channel has no value yet. */
export async function missingSecrets(stack: string): Promise<readonly string[]> {
  const lines = secretsIn(await outputsOf(stack)).map(async ({ secret, arn }) => {
    try {
      await secretOf(arn).read();
      return [];
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      return [`${productOf(secret)} gets no alerts yet: ${error.message}`];
    }
  });
  return (await Promise.all(lines)).flat();
}
