import type { Command } from 'commander';
import { configureDecision } from '../plan/decide.ts';

export const configure = (command: Command): Command =>
  configureDecision(command, {
    treatment: 'restore',
    question: 'Restore it?',
    done: 'approved',
    next: 'The next sweep restores it.',
  });
