import { GetTrailCommand } from '@aws-sdk/client-cloudtrail';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';

const account = testAccount();

test.each([
  ['222233334444', 'arn:aws:iam::222233334444:user/admin'],
  ['AKIAMALLORY', 'arn:aws:iam::111122223333:user/AKIAMALLORY'],
])('the access key ID %s is %s', async (accessKeyId, arn) => {
  const sts = new STSClient(account.configOf(accessKeyId));

  expect(await sts.send(new GetCallerIdentityCommand())).toMatchObject({ Arn: arn });
});

// On AWS the client would find no host with that name. The sandbox has one host for all Regions.
test.each([
  ['does not exist', 'eu-nowhere-9'],
  ['belongs to another partition', 'cn-north-1'],
])('a Region that %s is refused', async (_why, region) => {
  const s3 = new S3Client({ ...account.configOf(), region });

  await expect(
    account.clientOf('mallory', region).send(new GetTrailCommand({ Name: account.trail })),
  ).rejects.toMatchObject({
    name: 'RegionNotModelled',
    message: `The sandbox has no Region ${region} in partition aws: on AWS its endpoint has no address.`,
  });
  await expect(s3.send(new CreateBucketCommand({ Bucket: 'nowhere' }))).rejects.toMatchObject({
    name: 'RegionNotModelled',
  });
});

test('an unsigned request is refused', async () => {
  const { status } = await fetch(account.endpoint, { method: 'POST', body: 'Action=Anything' });

  expect(status).toBe(403);
});

test('clients are asked to end idle connections', async () => {
  const { headers } = await fetch(`${account.endpoint}/_sandbox/calls`);

  expect(headers.get('keep-alive')).toMatch(/^timeout=\d+$/);
});

test('an operation that is not modeled is an error', async () => {
  const response = await signedFetch('/', 'cloudtrail', {
    headers: { 'x-amz-target': 'CloudTrail_20131101.CreateEventDataStore' },
    body: '{}',
  });

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ __type: 'UnknownOperationException' });
});

test('an outsider can invoke the sweep through the Lambda API', async () => {
  const [invocation] = [await account.sweep()];
  const path = `/2015-03-31/functions/${invocation.functionName}/invocations`;

  const good = await signedFetch(path, 'lambda', { body: '{}' });
  const bad = await signedFetch(path, 'lambda', { body: '{"mode":"enforce"}' });

  expect(good.headers.get('x-amz-function-error')).toBeNull();
  expect(await good.json()).toMatchObject({ mode: 'enforce', trails: [{ verdict: 'in-sync' }] });
  expect(bad.headers.get('x-amz-function-error')).toBe('Unhandled');
  expect(await bad.json()).toMatchObject({ errorType: 'InvalidPayloadError' });
});

test('every call is listed with its caller, Region and error', async () => {
  const Name = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/no-such-trail';
  await account.outsider.send(new GetTrailCommand({ Name })).catch(() => {});

  const calls = await getJson('calls');

  expect(calls.at(-1)).toMatchObject({
    principal: 'arn:aws:iam::111122223333:user/mallory',
    service: 'cloudtrail',
    operation: 'GetTrail',
    region: 'us-east-1',
    error: 'TrailNotFoundException',
  });
});

test('requested sweeps are listed with their results', async () => {
  const response = await fetch(`${account.endpoint}/_sandbox/sweep`, { method: 'POST' });

  const invocation = await response.json();
  expect(invocation).toMatchObject({ result: { mode: 'enforce' } });
  expect((await getJson('invocations')).at(-1)).toEqual(invocation);
});

test('an unknown admin path returns the known ones', async () => {
  const response = await fetch(`${account.endpoint}/_sandbox/nothing`);

  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({
    routes: expect.arrayContaining(['GET calls', 'POST sweep']),
  });
});

async function getJson(path: string): Promise<unknown[]> {
  return (await (await fetch(`${account.endpoint}/_sandbox/${path}`)).json()) as unknown[];
}

function signedFetch(path: string, service: string, init: RequestInit): Promise<Response> {
  const authorization = `AWS4-HMAC-SHA256 Credential=mallory/20260101/us-east-1/${service}/aws4_request`;
  const headers = { ...init.headers, authorization };
  return fetch(`${account.endpoint}${path}`, { method: 'POST', ...init, headers });
}
