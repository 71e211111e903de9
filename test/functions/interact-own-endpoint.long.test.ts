import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import {
  AddPermissionCommand,
  GetFunctionUrlConfigCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deployment } from '#sandbox/seed.ts';
import { type Account, startAccount } from '../support/account.ts';
import { signed } from '../support/slack-requests.ts';

const FunctionName = 'Trailkeeper-Interact';
const api = 'arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5';

let account: Account;
let lambda: LambdaClient;
let gateway: Server;

beforeAll(async () => {
  const approvers = { U0ALICE: 'arn:aws:iam::111122223333:user/alice' };
  const slack = { channel: 'C0SANDBOX', approvers, endpoint: 'own' };
  account = await startAccount({ deployment: { channels: { ...deployment.channels, slack } } });
  lambda = new LambdaClient(account.configOf('alice'));
  gateway = await startGateway();
});
afterAll(async () => {
  gateway.close();
  await account.stop();
});

/**
 * The owner's HTTP API of API Gateway with the route `POST /`: payload format 2.0, names of headers in lower case, and a form as Base64.
 * Source: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway".
 */
function startGateway(): Promise<Server> {
  const server = createServer(async (request, response) => {
    if (!(await mayInvoke())) {
      response.writeHead(500).end('{"message":"Internal Server Error"}');
      return;
    }
    const event = {
      ...{ version: '2.0', routeKey: 'POST /', rawPath: '/', rawQueryString: '' },
      headers: request.headers,
      body: (await buffer(request)).toString('base64'),
      isBase64Encoded: true,
    };
    const Payload = Buffer.from(JSON.stringify(event));
    const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
    const { statusCode, body } = JSON.parse(Buffer.from(answer.Payload ?? []).toString());
    response.writeHead(statusCode).end(body);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

/** Whether the policy of the function lets the API invoke it. */
async function mayInvoke(): Promise<boolean> {
  const { Policy = '' } = await lambda
    .send(new GetPolicyCommand({ FunctionName }))
    .catch(() => ({ Policy: '{"Statement":[]}' }));
  return Policy.includes('apigateway.amazonaws.com') && Policy.includes(api);
}

async function send(request: RequestInit): Promise<number> {
  const { port } = gateway.address() as AddressInfo;
  const { status } = await fetch(`http://127.0.0.1:${port}/`, request);
  await account.settled();
  return status;
}

const answers = async () =>
  (await fetch(`${account.endpoint}/_sandbox/slack-answers`)).json() as Promise<object[]>;

const status = () =>
  signed({
    ...{ command: '/trailkeeper', text: 'status', user_id: 'U0ALICE' },
    response_url: 'https://hooks.slack.com/commands/T0/1/x',
  });

test('the stack makes no public URL, and the API of the owner takes its place', async () => {
  expect(account.outputs).not.toHaveProperty('SlackRequestUrl');
  await expect(
    lambda.send(new GetFunctionUrlConfigCommand({ FunctionName })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  expect(await send(status())).toBe(500);

  await lambda.send(
    new AddPermissionCommand({
      ...{ FunctionName, StatementId: 'slack-api', Action: 'lambda:InvokeFunction' },
      ...{ Principal: 'apigateway.amazonaws.com', SourceArn: `${api}/*` },
    }),
  );
  const request = status();
  expect(await send(request)).toBe(200);
  expect(await answers()).toEqual([
    expect.objectContaining({ text: expect.stringMatching(/^org-trail: /) }),
  ]);

  expect(await send(request)).toBe(409);
  expect(await send({ ...request, body: `${request.body}&text=window` })).toBe(401);
  expect(await answers()).toHaveLength(1);

  // The integrity check takes neither the missing URL nor the permission for a fault.
  expect(await account.selfCheck()).toEqual({ result: { faults: [] } });
});
