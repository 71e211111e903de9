import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type Admin, adminAnswer } from './admin.ts';
import type { Api } from './api.ts';
import { functionUrlAnswer, isForFunctionUrl } from './lambda/function-url.ts';
import { isForProduct, productAnswer } from './products/products.ts';
import { AwsError } from './service.ts';
import { isForSlack, slackAnswer } from './slack/slack.ts';
import { readAwsRequest, respond, respondError } from './wire.ts';

/** Serves the AWS wire protocols and `/_sandbox/` on the loopback interface only. */
export async function listen(
  port: number,
  api: Api,
  admin: Omit<Admin, 'api'>,
): Promise<{ endpoint: string; stop(): Promise<void> }> {
  // A connection that the server ends while a client uses it again is an error that the client does not expect: so clients end it first.
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    response.setHeader('keep-alive', 'timeout=5');
    answer(request, response).catch((error: unknown) => {
      response.writeHead(error instanceof AwsError ? error.status : 500).end(String(error));
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    if (request.url?.startsWith('/_sandbox/')) {
      const { status, json } = await adminAnswer(request, body.toString(), { api, ...admin });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
      return;
    }
    if (isForFunctionUrl(request)) {
      const { status, body: text } = await functionUrlAnswer(request, body, admin);
      response.writeHead(status).end(text);
      return;
    }
    const isAws = request.headers.authorization?.startsWith('AWS4') === true;
    if (!isAws && (isForSlack(request) || isForProduct(request))) {
      const answerOf = isForSlack(request) ? slackAnswer : productAnswer;
      const { disruptions } = api;
      const answer = await answerOf(request, body.toString(), { world: admin.world, disruptions });
      if (answer === null) return;
      if (answer.status === 0) request.socket.destroy();
      else response.writeHead(answer.status, answer.headers).end(answer.body);
      return;
    }
    const aws = readAwsRequest(request, body);
    if (aws === null) {
      throw new AwsError('MissingAuthenticationToken', 'Sign the request with any key', 403);
    }
    try {
      respond(response, aws, await api.handle(aws));
    } catch (error) {
      const failed = asAwsError(error);
      if (failed.status === 0) request.socket.destroy();
      else respondError(response, aws, failed);
    }
  }
}

const asAwsError = (error: unknown): AwsError =>
  error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
