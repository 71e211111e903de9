import type { IncomingMessage } from 'node:http';

export type ProductAnswer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A product that gets alerts by HTTP. */
export type Product = (
  request: Pick<IncomingMessage, 'url' | 'headers'>,
  body: string,
  products: Products,
) => ProductAnswer;

/** What the products have, and the secrets that they accept. */
export type Products = {
  accepted: readonly string[];
  readonly pagerduty: PagerAlert[];
  readonly jsm: PagerAlert[];
  /** Adaptive Cards, oldest first. */
  readonly teams: object[];
  /** The bodies that the receiver of the webhook kept: each ID once. */
  readonly webhook: { readonly id: string; readonly body: unknown }[];
};

/** An alert of a product for those on call. */
export type PagerAlert = {
  readonly key: string;
  readonly status: 'open' | 'acknowledged' | 'resolved';
  /** What was sent about it, oldest first. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
};

/** Opens an alert, or adds to the one with its key that is not resolved. */
export function openAlert(alerts: PagerAlert[], key: string, sent: object): void {
  const i = unresolvedIndex(alerts, key);
  const found = alerts[i];
  const entry = sent as Record<string, unknown>;
  if (found === undefined) alerts.push({ key, status: 'open', log: [entry] });
  else alerts.splice(i, 1, { ...found, log: [...found.log, entry] });
}

/** Changes the alert with a key that is not resolved; without one nothing happens. */
export function setStatus(alerts: PagerAlert[], key: string, status: PagerAlert['status']): void {
  const i = unresolvedIndex(alerts, key);
  const found = alerts[i];
  if (found !== undefined) alerts.splice(i, 1, { ...found, status });
}

const unresolvedIndex = (alerts: readonly PagerAlert[], key: string): number =>
  alerts.findIndex((one) => one.key === key && one.status !== 'resolved');
