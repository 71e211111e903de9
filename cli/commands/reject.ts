import type { Command } from 'commander';
import { configureDecision } from '../plan/decide.ts';

export const configure = (command: Command): Command =>
  configureDecision(command, {
    treatment: 'alert',
    question: 'Leave it as it is?',
    done: 'rejected',
    next: 'The drift stays, and people are reminded of it. To make it the baseline: npx --no -- trailkeeper capture',
  });
