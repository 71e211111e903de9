import { names } from '#aws/resource-names.ts';
import { signingSecret } from '#decisions/signing-secret.ts';
import { productOf, readSecrets } from '../checks/channel-secrets.ts';
import { outputsOf } from '../stack.ts';

/** What to do about the secrets of a stack that have no value yet, or a malformed one. */
export async function missingSecrets(stack: string): Promise<readonly string[]> {
  const outputs = await outputsOf(stack);
  const all = await readSecrets(outputs);
  return all.flatMap((one) => {
    if ('is' in one) return [];
    if (one.secret !== signingSecret) {
      return [`${productOf(one.secret)} gets no alerts yet: ${one.problem}`];
    }
    return [
      `No one can decide in Slack yet (docs/install.md, "A Slack app with buttons"): ${one.problem}`,
      outputs.SlackRequestUrl === undefined
        ? `The requests of the Slack app go to your API, which invokes ${names.interact}.`
        : `The Slack app sends its requests to ${outputs.SlackRequestUrl}`,
    ];
  });
}
