import { noticeSk, type WindowNotice } from '../incident.ts';
import type { TrailStatus } from '../trail-status.ts';
import type { ReconcileReport } from './report.ts';

/** Announces each maintenance window twice: when it is first seen, and when it has ended. */
export function announceWindows(
  status: TrailStatus,
  { windows, phase, at, trail }: ReconcileReport,
): TrailStatus {
  if (windows === null || phase === 'detected') return status;
  const started = windows
    .filter(({ id }) => !Object.hasOwn(status.windows, id))
    .map(
      (window): WindowNotice => ({ id: window.id, trail, window, startedAt: at, endedAt: null }),
    );
  const inForce = new Set(windows.map(({ id }) => id));
  const known = Object.values(status.windows);
  const ended = known
    .filter(({ id }) => !inForce.has(id))
    .map((notice): WindowNotice => ({ ...notice, endedAt: at }));
  if (started.length === 0 && ended.length === 0) return status;
  const announced = [...known.filter(({ id }) => inForce.has(id)), ...started];
  const news = [...started, ...ended].map((notice) => [noticeSk(notice), { notice }]);
  return {
    ...status,
    windows: Object.fromEntries(announced.map((notice) => [notice.id, notice])),
    outbox: { ...status.outbox, ...Object.fromEntries(news) },
  };
}
