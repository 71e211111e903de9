import {
  GetEventSourceMappingCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  GetFunctionUrlConfigCommand,
  GetPolicyCommand,
  type LambdaClient,
} from '@aws-sdk/client-lambda';
import { nameOf } from '#aws/errors.ts';
import { comparableEnvironment } from './function-config.ts';

/** The settings of a function, and who may invoke it. */
export async function readFunction(lambda: LambdaClient, FunctionName: string) {
  const [configuration, concurrency, invoke, policy] = await Promise.all([
    lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
    lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
    orNull(lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }))),
    orNull(lambda.send(new GetPolicyCommand({ FunctionName }))),
  ]);
  const { Statement: statements } = JSON.parse(policy?.Policy ?? '{"Statement":[]}') as {
    readonly Statement: readonly LambdaStatement[];
  };
  return {
    CodeSha256: configuration.CodeSha256 ?? '',
    Handler: configuration.Handler ?? '',
    Role: configuration.Role ?? '',
    Timeout: configuration.Timeout ?? 0,
    Layers: (configuration.Layers ?? []).map(({ Arn = '' }) => Arn),
    Environment: comparableEnvironment(configuration.Environment?.Variables ?? {}),
    ReservedConcurrentExecutions: concurrency.ReservedConcurrentExecutions ?? null,
    // The defaults are two retries and six hours. Source: Lambda API Reference, FunctionEventInvokeConfig.
    MaximumRetryAttempts: invoke?.MaximumRetryAttempts ?? 2,
    MaximumEventAgeInSeconds: invoke?.MaximumEventAgeInSeconds ?? 21_600,
    OnFailure: invoke?.DestinationConfig?.OnFailure?.Destination ?? null,
    Rules: rulesIn(statements),
    Everyone: allowedToEveryone(statements),
  };
}

/** The rules that a function's policy allows to invoke it. */
const rulesIn = (statements: readonly LambdaStatement[]): readonly string[] =>
  statements
    .filter(
      ({ Effect, Principal }) =>
        Effect === 'Allow' && serviceOf(Principal) === 'events.amazonaws.com',
    )
    .map(({ Condition }) => Condition?.ArnLike?.['AWS:SourceArn'] ?? '')
    .toSorted();

/** What a function's policy allows to everyone, each action with its conditions. */
const allowedToEveryone = (statements: readonly LambdaStatement[]): readonly string[] =>
  statements
    .filter(({ Effect, Principal }) => Effect === 'Allow' && isEveryone(Principal))
    .map(({ Action, Condition = {} }) => {
      const conditions = Object.values(Condition).flatMap((of) => Object.entries(of));
      return [Action, ...conditions.map(([key, value]) => `${key}=${value}`).toSorted()].join(' ');
    })
    .toSorted();

const serviceOf = (principal: LambdaStatement['Principal']): string | undefined =>
  typeof principal === 'object' ? principal.Service : undefined;

const isEveryone = (principal: LambdaStatement['Principal']): boolean =>
  principal === '*' || (typeof principal === 'object' && principal.AWS === '*');

/** A statement that AddPermission writes. */
type LambdaStatement = {
  readonly Effect: string;
  readonly Principal?: string | { readonly Service?: string; readonly AWS?: string };
  readonly Action?: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** How the URL of a function checks who sends a request. */
export async function readFunctionUrl(lambda: LambdaClient, FunctionName: string) {
  const { AuthType = '' } = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }));
  return { AuthType: AuthType as string };
}

export async function readMapping(lambda: LambdaClient, UUID: string) {
  const mapping = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
  return {
    State: mapping.State ?? '',
    FunctionArn: mapping.FunctionArn ?? '',
    // The ARN of a stream begins with the ARN of its table.
    SourceArn: mapping.EventSourceArn?.split('/stream/')[0] ?? '',
    BatchSize: mapping.BatchSize ?? 0,
    BisectBatchOnFunctionError: mapping.BisectBatchOnFunctionError ?? false,
    MaximumRetryAttempts: mapping.MaximumRetryAttempts ?? -1,
    Filters: mapping.FilterCriteria?.Filters?.map(({ Pattern = '' }) => Pattern) ?? [],
    OnFailure: mapping.DestinationConfig?.OnFailure?.Destination ?? null,
  };
}

/** The answer, or null if the resource does not exist. */
const orNull = <Answer>(answer: Promise<Answer>): Promise<Answer | null> =>
  answer.catch((error: unknown) => {
    if (isGone(error)) return null;
    throw error;
  });

/** Whether an error says that a resource of the deployment does not exist. */
export const isGone = (error: unknown): boolean =>
  [
    'ResourceNotFoundException',
    'NoSuchEntityException',
    'PolicyNotFoundException',
    'StateMachineDoesNotExist',
    'QueueDoesNotExist',
    'AWS.SimpleQueueService.NonExistentQueue',
  ].includes(nameOf(error));
