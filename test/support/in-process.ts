import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import type { Aws } from '#aws/clients.ts';
import { createApi } from '#sandbox/api.ts';
import { cloudtrail } from '#sandbox/cloudtrail/operations.ts';
import { alarmOperations } from '#sandbox/cloudwatch-alarms.ts';
import { cloudwatchLogs as logs } from '#sandbox/cloudwatch-logs.ts';
import { rememberTrails } from '#sandbox/consistency.ts';
import { iam } from '#sandbox/iam-roles.ts';
import { kms } from '#sandbox/kms.ts';
import type { Service } from '#sandbox/operation.ts';
import { organizations } from '#sandbox/organizations/operations.ts';
import { principalOf } from '#sandbox/principal.ts';
import { s3 } from '#sandbox/s3/operations.ts';
import { home, newWorld } from '#sandbox/seed.ts';
import { AwsError } from '#sandbox/service.ts';
import { sns } from '#sandbox/sns.ts';
import { sts } from '#sandbox/sts.ts';
import { readAwsRequest, respond, respondError } from '#sandbox/wire.ts';

/**
 * The sandbox's CloudTrail, Organizations and destinations, and other services if they are given, behind SDK clients, without a server.
 * `turn` is awaited before each call.
 */
export function inProcess(
  now: () => Date = () => new Date(),
  turn: (accessKeyId: string) => Promise<void> = async () => {},
  others: Readonly<Record<string, Service>> = {},
) {
  const world = newWorld();
  const assuming = sts((...session) => api.addSession(...session));
  const api = createApi(
    {
      cloudtrail,
      organizations,
      iam,
      s3,
      kms,
      sns,
      logs,
      monitoring: alarmOperations,
      sts: assuming,
      ...others,
    },
    world,
    now,
  );
  const { handle, calls, disruptions, addSession } = api;
  const owner = principalOf('owner', world.organization);
  const performed = (operation: string) => (input: object) => {
    const at = now();
    rememberTrails(world, at);
    return cloudtrail[operation]?.perform(
      {
        principal: owner,
        service: 'cloudtrail',
        operation,
        region: home.region,
        input: { ...input },
        userAgent: 'someone',
        requestId: 'a-request',
        at,
      },
      world,
    );
  };
  /** Calls that complete synchronously: they happen between two calls of trailkeeper. */
  const perform = {
    cloudtrail: { CreateTrail: performed('CreateTrail'), DeleteTrail: performed('DeleteTrail') },
  };
  return { world, calls, disruptions, addSession, configOf, clientsOf, perform };

  /** The configuration of a client that does not retry. The access key of an account's owner is the id of the account. */
  function configOf(accessKeyId: string) {
    const ofOwner = /^\d{12}$/.test(accessKeyId) ? { accountId: accessKeyId } : {};
    return {
      region: home.region,
      credentials: { accessKeyId, secretAccessKey: 'any', ...ofOwner },
      maxAttempts: 1,
      requestHandler: {
        async handle(request: HttpRequest) {
          await turn(accessKeyId);
          return answer(request);
        },
      },
    };
  }

  function clientsOf(accessKeyId: string) {
    const config = configOf(accessKeyId);
    const dependencies = {
      iam: new IAMClient(config),
      s3In: (region: string) =>
        new S3Client({ ...config, region, forcePathStyle: true, followRegionRedirects: true }),
      kmsIn: (region: string) => new KMSClient({ ...config, region }),
      snsIn: (region: string) => new SNSClient({ ...config, region }),
      logsIn: (region: string) => new CloudWatchLogsClient({ ...config, region }),
      alarmsIn: (region: string) => new CloudWatchClient({ ...config, region }),
    };
    return {
      cloudtrail: new CloudTrailClient(config),
      organizations: new OrganizationsClient(config),
      ...dependencies,
      dependenciesIn: (_account: string | null) => dependencies,
    } satisfies Aws;
  }

  async function answer({
    method,
    path,
    query,
    headers,
    body = '',
  }: HttpRequest): Promise<{ response: HttpResponse }> {
    const url = `${path}?${new URLSearchParams(query as Record<string, string>)}`;
    const sent = typeof body === 'string' ? Buffer.from(body) : Buffer.copyBytesFrom(body);
    const request = readAwsRequest({ method, url, headers } as unknown as IncomingMessage, sent);
    if (request === null) throw new Error('the SDK did not sign its request');
    const { response, written } = responseBuffer();
    try {
      respond(response, request, await handle(request));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      respondError(response, request, error);
    }
    return { response: written() };
  }
}

/** The parts of a server response that are written to. */
function responseBuffer(): { response: ServerResponse; written(): HttpResponse } {
  const headers: Record<string, string> = {};
  let statusCode = 0;
  let body: string | Buffer = '';
  const response = {
    setHeader(name: string, value: string) {
      headers[name] = value;
    },
    writeHead(status: number, more: Record<string, string>) {
      statusCode = status;
      Object.assign(headers, more);
      return response;
    },
    end(text: string | Buffer) {
      body = text;
    },
  };
  return {
    response: response as unknown as ServerResponse,
    written: () =>
      new HttpResponse({ statusCode, headers, body: Readable.from([Buffer.from(body)]) }),
  };
}
