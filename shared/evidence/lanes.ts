import { kinds } from '#drift/index.ts';
import type { DriftKind } from '#drift/kind.ts';
import { fieldOf } from '#text/diff.ts';

/** The rows of the timeline, from top to bottom. */
export const lanes = {
  logging: 'Logging',
  scope: 'Scope',
  selectors: 'Selectors',
  delivery: 'Delivery',
  other: 'Other settings',
  actions: 'trailkeeper',
  windows: 'Maintenance windows',
} as const;

export type Lane = keyof typeof lanes;

/** The lane of drift kinds of the trail itself. Of the settings, some are about the scope. */
const laneOfKind: ReadonlyMap<string, Lane> = new Map([
  ['trail', 'logging'],
  ['logging', 'logging'],
  ['organization', 'scope'],
  ['settings', 'delivery'],
  ['event-selectors', 'selectors'],
  ['insight-selectors', 'selectors'],
  ['aggregation', 'selectors'],
  ['delivery', 'delivery'],
]);

const scopeSettings: ReadonlySet<string> = new Set([
  'IsMultiRegionTrail',
  'IsOrganizationTrail',
  'IncludeGlobalServiceEvents',
]);

/** The lane of a drifted field. A trail that does not exist does not log; what is outside the trail concerns its delivery. */
export function laneOf(kind: string, path: string): Lane {
  if (path === '' && kind === 'settings') return 'logging';
  if (scopeSettings.has(fieldOf({ path }))) return 'scope';
  return laneOfKind.get(kind) ?? (isOutside(kind) ? 'delivery' : 'other');
}

/** Whether a kind is about what a trail delivers to. */
const isOutside = (name: string): boolean =>
  kinds.some((kind) => kind.name === name && kind.isOutsideTrail === true);

/** Whether drift of a kind may lose events. A kind that is not known may. */
export const mayLoseEvents = (name: string): boolean => {
  const kind = kinds.find((one) => one.name === name);
  return kind === undefined || loses(kind);
};

/** Whether a call may change what a trail records. */
export const mayChangeCoverage = (eventName: string): boolean =>
  kinds.some(
    (kind) => loses(kind) && kind.triggers.some(({ eventNames }) => eventNames.includes(eventName)),
  );

const loses = ({ historyModel }: DriftKind): boolean => historyModel.coverageLoss !== undefined;
