import type { ApiCall } from './api-call.ts';

/**
 * The tool that made a call, in plain words, from its user agent, which the caller controls. Null if there is none; an unknown user
 * agent is quoted.
 */
export function toolOf({ via, userAgent }: Pick<ApiCall, 'via' | 'userAgent'>): string | null {
  if (via !== null) return via;
  if (userAgent === null) return null;
  const [, family] = families.find(([pattern]) => pattern.test(userAgent)) ?? [];
  return family === undefined ? JSON.stringify(userAgent) : `${family}${system(userAgent)}`;
}

/** Tools that use an SDK come before the SDK. Sources: recorded events; each tool's documentation. */
const families: readonly (readonly [pattern: RegExp, family: string])[] = [
  [/\btrailkeeper\b/, 'the CLI of trailkeeper'],
  [/cloudshell/i, 'AWS CloudShell'],
  [/terraform|opentofu/i, 'Terraform'],
  [/pulumi/i, 'Pulumi'],
  [/^cloudformation\.amazonaws\.com/, 'AWS CloudFormation'],
  [/pacu/i, 'Pacu, an attack tool'],
  [/stratus-red-team/i, 'Stratus Red Team, an attack tool'],
  [/prowler/i, 'Prowler'],
  [/^aws-cli|\baws-cli\//, 'the AWS CLI'],
  [/powershell/i, 'PowerShell'],
  [/boto3|botocore/i, 'Python (boto3)'],
  [/aws-sdk-js|aws-sdk-nodejs/, 'JavaScript (AWS SDK)'],
  [/aws-sdk-go/, 'Go (AWS SDK)'],
  [/aws-sdk-java|aws-sdk-kotlin/, 'Java (AWS SDK)'],
  [/aws-sdk-rust/, 'Rust (AWS SDK)'],
  [/aws-sdk-ruby/, 'Ruby (AWS SDK)'],
  [/aws-sdk-php/, 'PHP (AWS SDK)'],
  [/aws-sdk-dotnet|aws-sdk-net/, '.NET (AWS SDK)'],
  [/^Mozilla\//, 'a browser'],
];

/** Operating systems made for attacks. */
function system(userAgent: string): string {
  const [, name = ''] = /(kali|parrot|pentoo)/i.exec(userAgent) ?? [];
  return name === '' ? '' : ` on ${name[0]?.toUpperCase()}${name.slice(1).toLowerCase()} Linux`;
}
