import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseApiCall } from '#trail/api-call.ts';
import { toolOf } from '#trail/user-agent.ts';

test.each([
  ['aws-cli/2.31.4 md/awscrt#0.27.6 os/linux#6.8', 'the AWS CLI'],
  ['APN/1.0 HashiCorp/1.0 Terraform/1.13.1 aws-sdk-go-v2/1.39.0', 'Terraform'],
  ['Boto3/1.40.1 Botocore/1.40.1 Python/3.13', 'Python (boto3)'],
  ['aws-sdk-js/3.1137.0 ua/2.1 lang/js', 'JavaScript (AWS SDK)'],
  ['aws-sdk-go-v2/1.39.0 os/linux', 'Go (AWS SDK)'],
  ['aws-cli/2.31.4 exec-env/CloudShell', 'AWS CloudShell'],
  ['aws-sdk-js/3.1137.0 app/trailkeeper', 'the CLI of trailkeeper'],
  ['cloudformation.amazonaws.com', 'AWS CloudFormation'],
  ['Boto3/1.40.1 os/linux#6.8.0-kali1-amd64', 'Python (boto3) on Kali Linux'],
  ['Mozilla/5.0 (Macintosh)', 'a browser'],
  ['OpenTofu/1.10', 'Terraform'],
  ['pulumi-aws/7.0', 'Pulumi'],
  ['Pacu/1.6', 'Pacu, an attack tool'],
  ['stratus-red-team_1', 'Stratus Red Team, an attack tool'],
  ['prowler/5.0', 'Prowler'],
  ['md/aws-cli/2.31.4', 'the AWS CLI'],
  ['AWSPowerShell/4.1', 'PowerShell'],
  ['Botocore/1.40.1', 'Python (boto3)'],
  ['aws-sdk-nodejs/2.1', 'JavaScript (AWS SDK)'],
  ['aws-sdk-java/2.33', 'Java (AWS SDK)'],
  ['aws-sdk-kotlin/1.5', 'Java (AWS SDK)'],
  ['aws-sdk-rust/1.3', 'Rust (AWS SDK)'],
  ['aws-sdk-ruby3/3.2', 'Ruby (AWS SDK)'],
  ['aws-sdk-php/3.3', 'PHP (AWS SDK)'],
  ['aws-sdk-dotnet-core/4', '.NET (AWS SDK)'],
  ['aws-sdk-net/4', '.NET (AWS SDK)'],
  ['aws-cli/2 PARROT', 'the AWS CLI on Parrot Linux'],
  ['aws-cli/2 pentoo', 'the AWS CLI on Pentoo Linux'],
  ['my cloudformation.amazonaws.com', '"my cloudformation.amazonaws.com"'],
  ['my-aws-cli', '"my-aws-cli"'],
  ['not Mozilla/5.0', '"not Mozilla/5.0"'],
])('%s is %s', (userAgent, tool) => {
  expect(toolOf({ userAgent, via: null })).toBe(tool);
});

test('AWS’s own fields take precedence over the user agent', () => {
  expect(toolOf({ userAgent: 'aws-cli/2', via: 'the AWS console' })).toBe('the AWS console');
});

test('an unknown user agent is quoted, and a missing one is null', () => {
  expect(toolOf({ userAgent: 'my "own" tool', via: null })).toBe('"my \\"own\\" tool"');
  expect(toolOf({ userAgent: null, via: null })).toBeNull();
});

test.each([
  ['iam-user-from-the-cli', 'the AWS CLI'],
  ['iam-user-in-the-console-by-mark', 'the AWS console'],
])('of the recorded event %s it is %s', (name, tool) => {
  const record = JSON.parse(readFileSync(`test/events/${name}.json`, 'utf8'));

  expect(toolOf(parseApiCall(record, record))).toBe(tool);
});
