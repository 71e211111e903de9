import { describe, expect, test } from 'vitest';
import { parseSlackSecret } from '#alert/channels/slack-secret.ts';
import { withSecret } from '#alert/channels/with-secret.ts';

const token = 'xoxb-1-2-three';

/** A secret whose cached value is out of date. */
function corrected(cached: string, current: string) {
  const reads: string[] = [];
  return {
    reads,
    secret: {
      async read({ anew } = { anew: false }) {
        reads.push(anew ? 'fresh' : 'cached');
        return anew ? current : cached;
      },
    },
  };
}

describe('a malformed secret', () => {
  test('is read again at once: someone may have corrected it', async () => {
    const { secret, reads } = corrected('"xoxb-in-quotes"', token);

    const used = await withSecret(secret, parseSlackSecret, async (one) => one);

    expect(used).toEqual({ type: 'bot', token });
    expect(reads).toEqual(['cached', 'fresh']);
  });

  test('that was not corrected is refused with its format', async () => {
    const { secret } = corrected('"xoxb-in-quotes"', '"xoxb-in-quotes"');

    const use = withSecret(secret, parseSlackSecret, async (one) => one);

    await expect(use).rejects.toThrow("Slack's secret must be");
  });
});

test('a failure that is not about the secret reads it once', async () => {
  const { secret, reads } = corrected(token, token);
  const fail = async () => {
    throw new Error('Slack is down');
  };

  await expect(withSecret(secret, parseSlackSecret, fail)).rejects.toThrow('Slack is down');

  expect(reads).toEqual(['cached']);
});
