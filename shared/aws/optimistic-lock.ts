import { setTimeout } from 'node:timers/promises';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';

/** Retries if another run wrote meanwhile: each time one of the writers succeeds. */
export async function withOptimisticLock<Done>(attempt: () => Promise<Done>): Promise<Done> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || tries === mostTries) throw error;
      await setTimeout(5 * tries);
    }
  }
}

const mostTries = 20;
