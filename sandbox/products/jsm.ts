import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { openAlert, type Product, setStatus } from './product.ts';

/** Source: Opsgenie, "Alerts and alert fields"; the same fields in Jira Service Management. */
const alert = z.strictObject({
  message: z.string().min(1).max(130),
  alias: z.string().max(512),
  description: z.string().max(15_000),
  entity: z.string().max(512),
  source: z.string().max(100),
  priority: z.enum(['P1', 'P2', 'P3', 'P4', 'P5']),
  tags: z.array(z.string().max(50)).max(20),
});

/** The alerts of Jira Service Management and Opsgenie. Source: Atlassian, "Integration events"; Opsgenie, "Alert API". */
export const jsm: Product = ({ url = '', headers }, body, { accepted, jsm: alerts }) => {
  const answer = (status: number, result: string) => ({
    status,
    body: JSON.stringify({ result, took: 0.1, requestId: randomUUID() }),
  });
  const [, key = ''] = /^GenieKey (.+)$/.exec(headers.authorization ?? '') ?? [];
  if (!accepted.includes(key)) return answer(401, 'Could not authenticate');
  const { pathname, searchParams } = new URL(url, 'http://product');
  const [, alias, action] = /\/alerts\/([^/]+)\/(acknowledge|close)$/.exec(pathname) ?? [];
  if (alias !== undefined) {
    if (searchParams.get('identifierType') !== 'alias') return answer(404, 'No alert with that id');
    setStatus(alerts, alias, action === 'close' ? 'resolved' : 'acknowledged');
    return answer(202, 'Request will be processed');
  }
  const parsed = alert.safeParse(JSON.parse(body));
  if (!parsed.success) return answer(422, parsed.error.message);
  openAlert(alerts, parsed.data.alias, parsed.data);
  return answer(202, 'Request will be processed');
};
