import type { DriftKind } from './kind.ts';
import { logging } from './logging.ts';
import { settings } from './settings.ts';

/** Every way to drift. Its order is the order of repair: never log into a foreign bucket first. */
export const kinds: readonly DriftKind[] = [settings, logging];
