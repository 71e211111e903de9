import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import type { Aws } from '#aws/clients.ts';

/** A request as it left the SDK: the operation and its input. */
export type Asked = { readonly operation: string; readonly input: unknown };

/** CloudTrail's own client, whose requests are answered here and not by AWS. */
export const answering = (body: object, statusCode = 200) => {
  const asked: Asked[] = [];
  const cloudtrail = new CloudTrailClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: '111122223333', secretAccessKey: 'any' },
    maxAttempts: 1,
    requestHandler: {
      async handle({ headers, body: sent }: HttpRequest) {
        const operation = headers['x-amz-target']?.split('.').at(-1) ?? '';
        asked.push({ operation, input: JSON.parse(new TextDecoder().decode(sent)) });
        return {
          response: new HttpResponse({
            statusCode,
            headers: { 'content-type': 'application/x-amz-json-1.1' },
            body: Buffer.from(JSON.stringify(body)),
          }),
        };
      },
    },
  });
  const aws: Aws = { cloudtrail };
  return { aws, asked };
};

/** CloudTrail refusing everything with one error. */
export const refusing = (error: string) => answering({ __type: error, message: 'no' }, 400);
