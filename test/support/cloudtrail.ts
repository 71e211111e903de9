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

/** A request of the SDK: the operation and its input. */
export type SdkRequest = { readonly operation: string; readonly input: unknown };

/** The responses: one body for all requests, a list in order, or a function of the request. */
type Answers = object | readonly object[] | ((asked: SdkRequest) => object);

/** SDK clients whose requests are answered here instead of by AWS. A body with a `__type` is an error. */
export const answering = (answers: Answers) => {
  const asked: SdkRequest[] = [];
  const bodies = [answers].flat();
  const bodyOf = (request: SdkRequest): object =>
    typeof answers === 'function'
      ? answers(request)
      : (bodies[asked.length - 1] ?? bodies.at(-1) ?? {});
  const config = {
    region: 'eu-central-1',
    credentials: { accessKeyId: '111122223333', secretAccessKey: 'any' },
    maxAttempts: 1,
    requestHandler: {
      async handle({ headers, body: sent }: HttpRequest) {
        const operation = headers['x-amz-target']?.split('.').at(-1) ?? '';
        const request = { operation, input: JSON.parse(Buffer.from(sent).toString()) };
        asked.push(request);
        const body = bodyOf(request);
        return {
          response: new HttpResponse({
            statusCode: '__type' in body ? 400 : 200,
            headers: { 'content-type': 'application/x-amz-json-1.1' },
            body: Buffer.from(JSON.stringify(body)),
          }),
        };
      },
    },
  };
  const iam = new IAMClient({ ...config, requestHandler: { handle: answerIam } });
  const aws = {
    cloudtrail: new CloudTrailClient(config),
    organizations: new OrganizationsClient(config),
    dependenciesIn: () => ({
      s3In: () => new S3Client(config),
      kmsIn: () => new KMSClient(config),
      snsIn: () => new SNSClient(config),
      logsIn: () => new CloudWatchLogsClient(config),
      alarmsIn: () => new CloudWatchClient(config),
      iam,
    }),
  } satisfies Aws;
  return { aws, asked };

  /** IAM uses the query protocol and returns XML. */
  async function answerIam({ body: sent }: HttpRequest) {
    const { Action = '', Version: _, ...input } = Object.fromEntries(new URLSearchParams(sent));
    const request = { operation: Action, input };
    asked.push(request);
    const { __type: code } = bodyOf(request) as { readonly __type?: string };
    const xml = code
      ? `<ErrorResponse><Error><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`
      : `<${Action}Response><${Action}Result/></${Action}Response>`;
    return {
      response: new HttpResponse({
        statusCode: code ? 400 : 200,
        headers: { 'content-type': 'text/xml' },
        body: Buffer.from(xml),
      }),
    };
  }
};

/** Clients for which AWS refuses every request with one error. */
export const refusing = (error: string) => answering({ __type: error, message: 'no' });
