import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { ChannelSettings } from '#alert/channel-settings.ts';

/**
 * The URL that Slack sends requests to; undefined if another API invokes the function. Its requests have no AWS
 * credentials: the function accepts only those that Slack's secret signed. The CDK adds both permissions that Lambda asks for since
 * October 2025. Source: Lambda developer guide, "Control access to Lambda function URLs".
 */
export const slackEndpoint = (
  fn: lambda.Function,
  { slack }: ChannelSettings,
): string | undefined =>
  slack?.endpoint === 'own'
    ? undefined
    : fn.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.NONE }).url;
