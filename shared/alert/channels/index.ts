import type { Channel } from '../channel.ts';
import { slackBot } from './slack-bot.ts';
import { slackWebhook } from './slack-webhook.ts';
import { sns } from './sns.ts';

/** Every way to tell people. */
export const channels: readonly Channel[] = [slackBot, slackWebhook, sns];
