import type { Channel } from '../channel.ts';
import { slack } from './slack.ts';
import { sns } from './sns.ts';

/** Every notification channel. */
export const channels: readonly Channel[] = [slack, sns];
