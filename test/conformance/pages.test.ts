import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTrailCommand, ListTrailsCommand, type TrailInfo } from '@aws-sdk/client-cloudtrail';
import { expect, onTestFinished, test } from 'vitest';
import { inSandbox } from '../../conformance/in-sandbox.ts';
import { createRunResources } from '../../conformance/run-resources.ts';
import { targetOf } from '../../conformance/target.ts';
import { testAccount } from '../support/account.ts';

const account = testAccount();

const options = { otherRegion: 'eu-central-1', patience: 1 };

test('an organization trail is found on any page of the list', async () => {
  const first = await account.addTrail('a-trail-of-the-account');
  const endpoint = await paging(({ TrailARN }) => (TrailARN === first ? 0 : 1));

  expect(await targetOf({ ...options, endpoint })).toMatchObject({ trustedAccess: false });
});

test('the trails of an interrupted run are deleted from every page', async () => {
  const first = await account.addTrail('another-trail-of-the-account');
  const endpoint = await paging(({ TrailARN }) => (TrailARN === first ? 0 : 1));
  const { context, clear } = await createRunResources(inSandbox(endpoint));
  const Name = `${context.run}-left`;
  await account.outsider.send(new CreateTrailCommand({ Name, S3BucketName: context.bucket }));

  await clear();

  const { Trails = [] } = await account.outsider.send(new ListTrailsCommand({}));
  expect(Trails.map((trail) => trail.Name)).toContain('another-trail-of-the-account');
  expect(Trails.map((trail) => trail.Name)).not.toContain(Name);
});

/** A proxy for the account that lists one trail per page, in the given order. */
async function paging(order: (trail: TrailInfo) => number): Promise<string> {
  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    const headers = new Headers(
      Object.entries(request.headers).flatMap(([name, value]) =>
        typeof value === 'string' && !ofConnection.has(name) ? [[name, value] as const] : [],
      ),
    );
    const answer = await fetch(`${account.endpoint}${request.url}`, {
      method: request.method ?? 'GET',
      headers,
      ...(body !== '' && { body }),
    });
    const text = await answer.text();
    const isList = `${request.headers['x-amz-target']}`.endsWith('.ListTrails');
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? 'text/plain',
    });
    response.end(isList && answer.ok ? pageOf(text, JSON.parse(body).NextToken, order) : text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ofConnection = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'transfer-encoding',
]);

function pageOf(
  answer: string,
  token: string | undefined,
  order: (trail: TrailInfo) => number,
): string {
  const { Trails }: { readonly Trails: readonly TrailInfo[] } = JSON.parse(answer);
  const sorted = Trails.toSorted((one, other) => order(one) - order(other));
  const at = Number(token ?? 0);
  const next = at + 1 < sorted.length ? { NextToken: String(at + 1) } : {};
  return JSON.stringify({ Trails: sorted.slice(at, at + 1), ...next });
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
