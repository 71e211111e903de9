import type { IncomingMessage } from 'node:http';
import { type Disruptions, faultFor, slowDown } from '../disruptions.ts';
import { jsm } from './jsm.ts';
import { pagerduty } from './pagerduty.ts';
import type { Product, ProductAnswer, Products } from './product.ts';
import { teams } from './teams.ts';
import { webhook } from './webhook.ts';

/** The products other than Slack that get alerts by HTTP, with the start of their paths. */
const products: readonly (readonly [start: string, name: string, product: Product])[] = [
  ['/v2/enqueue', 'pagerduty', pagerduty],
  ['/jsm/ops/integration/v2/alerts', 'jsm', jsm],
  ['/v2/alerts', 'jsm', jsm],
  ['/workflows/', 'teams', teams],
  ['/hooks/', 'webhook', webhook],
];

/** What a person stores in each secret, by the name of the secret. */
export const productSecrets: Readonly<Record<string, string>> = {
  'Trailkeeper-PagerDuty': 'sandboxSANDBOXsandboxSANDBOX0000',
  'Trailkeeper-JSM': '5a1d0b0e-0000-4000-8000-0000000000aa',
  'Trailkeeper-Teams':
    'https://prod-00.westus.logic.azure.com:443/workflows/5a1db0/triggers/manual/paths/invoke?api-version=2016-06-01&sig=sandbox',
  'Trailkeeper-Webhook': `whsec_${Buffer.from('the key of the sandbox, 32 bytes').toString('base64')}`,
};

export const newProducts = (): Products => ({
  accepted: Object.values(productSecrets),
  pagerduty: [],
  jsm: [],
  teams: [],
  webhook: [],
});

const findProduct = ({ url = '' }: Pick<IncomingMessage, 'url'>) =>
  products.find(([start]) => url.startsWith(start));

export const isForProduct = (request: IncomingMessage): boolean =>
  findProduct(request) !== undefined;

const closed: ProductAnswer = { status: 0, body: '' };

/** Answers a request like the product; null drops the response after the request was accepted, status 0 closes the connection. */
export async function productAnswer(
  request: Pick<IncomingMessage, 'url' | 'headers'>,
  body: string,
  { world, disruptions }: { world: { products: Products }; disruptions: Disruptions },
): Promise<ProductAnswer | null> {
  const [, name = '', product] = findProduct(request) ?? [];
  if (product === undefined) return { status: 404, body: '' };
  const call = { service: name, operation: 'POST' };
  await slowDown(disruptions.latency, call);
  const fault = faultFor(disruptions.faults, call);
  const answer = () => product(request, body, world.products);
  if (fault === undefined) return answer();
  const { error, retryAfter } = fault;
  if (error === 'ETIMEDOUT' || error === 'ECONNABORTED') {
    answer();
    return error === 'ETIMEDOUT' ? null : closed;
  }
  if (error === 'ECONNRESET') return closed;
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return { status: Number(error), headers, body: `status ${error}` };
}
