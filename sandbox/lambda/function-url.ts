import type { IncomingMessage } from 'node:http';
import { AwsError } from '../service.ts';
import type { World } from '../world.ts';
import type { Lambda } from './run.ts';

export type UrlAnswer = { readonly status: number; readonly body: string };

const prefix = '/lambda-url/';

/** In the sandbox a function URL `https://HOST/PATH` is reached at `/lambda-url/HOST/PATH`. */
export const isForFunctionUrl = ({ url = '' }: IncomingMessage): boolean => url.startsWith(prefix);

/**
 * Answers a request to a function URL without credentials. The policy of the function must allow everyone to invoke it by its URL, with both
 * actions. Source: Lambda developer guide, "Control access to Lambda function URLs", "Invoking Lambda function URLs".
 */
export async function functionUrlAnswer(
  { url = '', method = 'GET', headers }: IncomingMessage,
  body: Buffer,
  { world, lambda }: { readonly world: World; readonly lambda: Pick<Lambda, 'invoke'> },
): Promise<UrlAnswer> {
  const [host = '', ...path] = url.slice(prefix.length).split('/');
  const found = world.functionUrls.get(host);
  if (found === undefined || !isPublic(found, world)) return { status: 403, body: forbidden };
  if (body.length > 6_291_456) return { status: 413, body: 'Request Too Long' };
  const [rawPath = '', rawQueryString = ''] = `/${path.join('/')}`.split('?');
  const event = {
    version: '2.0',
    rawPath,
    rawQueryString,
    headers: Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, String(v)])),
    requestContext: { http: { method, path: rawPath } },
    body: body.toString('base64'),
    isBase64Encoded: true,
  };
  try {
    const answer = await lambda.invoke(found.functionArn, event);
    if ('error' in answer) return { status: 502, body: 'Internal Server Error' };
    const { statusCode, body: text = '' } = answer.result as { statusCode: number; body?: string };
    return { status: statusCode, body: text };
  } catch (error) {
    if (error instanceof AwsError && error.code === 'TooManyRequestsException') {
      return { status: 429, body: '' };
    }
    throw error;
  }
}

const forbidden = JSON.stringify({ Message: 'Forbidden' });

function isPublic(
  { functionArn, authType }: { readonly functionArn: string; readonly authType: string },
  { functions }: World,
): boolean {
  if (authType !== 'NONE') return false;
  const everyone = functions.get(functionArn)?.policy.filter(({ Principal }) => Principal === '*');
  const allows = (action: string, condition: string, value: string): boolean =>
    everyone?.some(
      ({ Action, Condition = {} }) =>
        Action === action &&
        Object.values(Condition as Readonly<Record<string, object>>).some((operator) =>
          Object.entries(operator).some(([key, one]) => key === condition && one === value),
        ),
    ) ?? false;
  return (
    allows('lambda:InvokeFunctionUrl', 'lambda:FunctionUrlAuthType', 'NONE') &&
    allows('lambda:InvokeFunction', 'lambda:InvokedViaFunctionUrl', 'true')
  );
}
