import type { IncomingMessage } from 'node:http';
import { AwsError } from './service.ts';

type Read = { readonly operation: string; readonly input: Readonly<Record<string, unknown>> };

/**
 * The operation and input of a REST-JSON call. Fields are in the path, the query and the body. Source: the API models
 * of Lambda, EventBridge Scheduler, Security Hub and SES v2.
 */
export function restOperation(
  service: string,
  { method = '', url = '', headers }: IncomingMessage,
  body: Buffer,
): Read {
  const { pathname, searchParams } = new URL(url, 'http://rest');
  for (const [verb, path, operation] of routes[service] ?? []) {
    const found = verb === method && path.exec(pathname);
    if (!found) continue;
    const inPath = Object.entries(found.groups ?? {}).map(([name, text]) => [
      name,
      decodeURIComponent(text),
    ]);
    const inQuery = [...searchParams].map(([name, text]) => [upperFirst(name), text]);
    const sent: unknown = JSON.parse(body.toString() || '{}');
    const input = Object.fromEntries([...inQuery, ...inPath]);
    if (operation !== 'Invoke') return { operation, input: { ...input, ...(sent as object) } };
    const InvocationType = headers['x-amz-invocation-type'] ?? 'RequestResponse';
    return { operation, input: { ...input, InvocationType, Payload: sent } };
  }
  throw new AwsError('NotImplemented', `${method} ${url}`, 501);
}

type Route = readonly [method: string, path: RegExp, operation: string];

const fn = (version: string, rest: string): RegExp =>
  new RegExp(`^/${version}/functions/(?<FunctionName>[^/]+)${rest}/?$`);
const mapping = /^\/2015-03-31\/event-source-mappings\/(?<UUID>[^/]+)\/?$/;
const schedule = /^\/schedules\/(?<Name>[^/]+)$/;

const routes: Readonly<Record<string, readonly Route[]>> = {
  securityhub: [
    ['POST', /^\/findings\/import$/, 'BatchImportFindings'],
    ['PATCH', /^\/findings\/batchupdate$/, 'BatchUpdateFindings'],
    ['POST', /^\/findings$/, 'GetFindings'],
  ],
  ses: [['POST', /^\/v2\/email\/outbound-emails$/, 'SendEmail']],
  lambda: [
    ['POST', fn('2015-03-31', '/invocations'), 'Invoke'],
    ['GET', fn('2015-03-31', '/configuration'), 'GetFunctionConfiguration'],
    ['PUT', fn('2015-03-31', '/configuration'), 'UpdateFunctionConfiguration'],
    ['PUT', fn('2015-03-31', '/code'), 'UpdateFunctionCode'],
    ['DELETE', fn('2015-03-31', ''), 'DeleteFunction'],
    ['GET', fn('2015-03-31', '/policy'), 'GetPolicy'],
    ['POST', fn('2015-03-31', '/policy'), 'AddPermission'],
    ['DELETE', fn('2015-03-31', '/policy/(?<StatementId>[^/]+)'), 'RemovePermission'],
    ['GET', fn('2019-09-30', '/concurrency'), 'GetFunctionConcurrency'],
    ['PUT', fn('2017-10-31', '/concurrency'), 'PutFunctionConcurrency'],
    ['DELETE', fn('2017-10-31', '/concurrency'), 'DeleteFunctionConcurrency'],
    ['GET', fn('2019-09-25', '/event-invoke-config'), 'GetFunctionEventInvokeConfig'],
    ['PUT', fn('2019-09-25', '/event-invoke-config'), 'PutFunctionEventInvokeConfig'],
    ['POST', fn('2019-09-25', '/event-invoke-config'), 'UpdateFunctionEventInvokeConfig'],
    ['DELETE', fn('2019-09-25', '/event-invoke-config'), 'DeleteFunctionEventInvokeConfig'],
    ['GET', fn('2021-10-31', '/url'), 'GetFunctionUrlConfig'],
    ['PUT', fn('2021-10-31', '/url'), 'UpdateFunctionUrlConfig'],
    ['GET', mapping, 'GetEventSourceMapping'],
    ['PUT', mapping, 'UpdateEventSourceMapping'],
    ['DELETE', mapping, 'DeleteEventSourceMapping'],
  ],
  scheduler: [
    ['GET', schedule, 'GetSchedule'],
    ['PUT', schedule, 'UpdateSchedule'],
    ['DELETE', schedule, 'DeleteSchedule'],
  ],
};

const upperFirst = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
