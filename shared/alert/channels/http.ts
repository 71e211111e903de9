import { setTimeout } from 'node:timers/promises';
import pRetry from 'p-retry';
import { nameOf } from '#aws/errors.ts';
import { ChannelError, type ChannelRuntime } from '../channel.ts';

/** A product refused a request or could not be reached. The message never contains the request, which has the secret. */
export class RequestError extends ChannelError {
  /** The product's name for the error; empty if it is transient or has none. */
  readonly code: string;
  readonly isTransient: boolean;
  /** Whether the product may have accepted the request nevertheless. */
  readonly isUnclear: boolean;
  /** How long the product asks to wait. */
  readonly waitMs: number | null;

  constructor(
    message: string,
    { code = '', isTransient = false, isUnclear = false, waitMs = null as number | null } = {},
  ) {
    super(message);
    this.code = code;
    this.isTransient = isTransient;
    this.isUnclear = isUnclear;
    this.waitMs = waitMs;
  }
}

/** Where a request goes. */
export type Endpoint = {
  /** The name of the product, for people. */
  readonly product: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * Posts JSON, or what the content type of the endpoint says, and returns what `read` makes of the accepted response. Retries transient
 * failures until the deadline, with the waits that the product asks for; a wait that ends after the deadline ends the retries. Retries
 * become rare, because a product may accept each request and never say so. Once a failure was unclear, `findAccepted` looks for its effect
 * before each retry. Throws `RequestError`.
 */
export function post<Answer>(
  endpoint: Endpoint,
  body: string,
  { now, until, endpointUrl }: ChannelRuntime,
  read: (body: string) => Answer,
  findAccepted: () => Promise<Answer | null> = async () => null,
): Promise<Answer> {
  const url = new URL(endpoint.url);
  const reached = endpointUrl === null ? url : new URL(url.pathname + url.search, endpointUrl);
  const left = () => until.getTime() - now().getTime();
  let isUnclear = false;
  const attempt = async () => {
    const accepted = isUnclear ? await findAccepted() : null;
    if (accepted !== null) return accepted;
    const timeoutMs = Math.max(shortestMs, Math.min(longestMs, left()));
    return read(await postOnce({ ...endpoint, url: reached.href }, body, { now, timeoutMs }));
  };
  return pRetry(attempt, {
    ...{ retries: 100, minTimeout: 1000, factor: 3, maxTimeout: 20_000, randomize: true },
    async shouldRetry({ error, retryDelay }) {
      if (!(error instanceof RequestError) || !error.isTransient) return false;
      isUnclear ||= error.isUnclear;
      if ((error.waitMs ?? 0) + retryDelay >= left()) return false;
      if (error.waitMs !== null) await setTimeout(error.waitMs);
      return true;
    },
  });
}

async function postOnce(
  { product, url, headers }: Endpoint,
  body: string,
  { now, timeoutMs }: { readonly now: () => Date; readonly timeoutMs: number },
): Promise<string> {
  const unreachable = (error: unknown) => {
    // The cause is dropped: it may contain the URL, which can be a secret.
    throw new RequestError(`${product} could not be reached: ${nameOf(error)}`, {
      isTransient: true,
      isUnclear: true,
    });
  };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body,
    // A redirect would send the secret elsewhere.
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(unreachable);
  const text = await response.text().catch(unreachable);
  if (response.ok) return text;
  const { status } = response;
  const isTransient = status === 408 || status === 429 || status >= 500;
  throw new RequestError(`${product} answered ${status}: ${text.slice(0, 200)}`, {
    code: isTransient ? '' : text,
    isTransient,
    isUnclear: isTransient && status !== 429,
    waitMs: waitIn(response.headers.get('retry-after'), now()),
  });
}

/** Source: RFC 9110, "Retry-After": seconds or a date. */
function waitIn(retryAfter: string | null, now: Date): number | null {
  if (retryAfter === null) return null;
  const wait = /^\d+$/.test(retryAfter)
    ? Number(retryAfter) * 1000
    : Date.parse(retryAfter) - now.getTime();
  return Number.isFinite(wait) ? Math.max(0, wait) : null;
}

/**
 * How long to wait for a response, in milliseconds. A product that takes longer may accept a request that is sent again. Source: "Standard
 * Webhooks", "Request timeouts".
 */
const longestMs = 15_000;
const shortestMs = 1000;
