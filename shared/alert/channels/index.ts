import type { Channel } from '../channel.ts';
import { slackBot } from './slack-bot.ts';
import { slackWebhook } from './slack-webhook.ts';
import { sns } from './sns.ts';

/** Every notification channel. */
export const channels: readonly Channel[] = [slackBot, slackWebhook, sns];
