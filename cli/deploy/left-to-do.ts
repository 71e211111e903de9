import { names } from '#aws/resource-names.ts';
import { signingSecret } from '#decisions/signing-secret.ts';
import { productOf, readSecrets } from '../checks/channel-secrets.ts';
import { outputsOf } from '../stack.ts';

/** What a deployment leaves to people: to confirm new addresses, and to set the secrets that are missing or malformed. */
export async function leftToDo(
  stack: string,
  emails: readonly string[],
): Promise<readonly string[]> {
  const outputs = await outputsOf(stack);
  const secrets = await readSecrets(outputs);
  return [
    ...(emails.length === 0
      ? []
      : [
          `AWS sends a message to each new address of ${emails.join(', ')}: until it is confirmed there, the address receives nothing.`,
        ]),
    ...secrets.flatMap((one) => {
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
    }),
  ];
}
