import type { Operation, Service } from '../operation.ts';
import { AwsError, type Call } from '../service.ts';
import type { FunctionState, PolicyStatement, World } from '../world.ts';
import { codeSha256 } from './code.ts';
import { mappingOperations } from './mappings.ts';
import { functionPolicy, type PermissionInput, permissionStatement } from './policy.ts';
import { findFunction, type Lambda } from './run.ts';

type Change = (fn: FunctionState, call: Call, arn: string) => Partial<FunctionState>;

/** The part of AWS Lambda's API that invokes, reads and changes deployed functions. */
export function lambdaService(
  lambda: Lambda,
  invokeAsync: (functionArn: string, payload: unknown, lineage: number) => void,
): Service {
  const onFunction =
    (action: string): Operation['needs'] =>
    ({ input }, world) => [
      { action: `lambda:${action}`, resource: findFunction(world, input.FunctionName)[0] },
    ];

  const read = (
    action: string,
    answer: (fn: FunctionState, arn: string, world: World) => unknown,
  ): Operation => ({
    needs: onFunction(action),
    perform({ input }, world) {
      const [arn, fn] = findFunction(world, input.FunctionName);
      return answer(fn, arn, world);
    },
  });

  /** An operation that changes a function and returns its new state. */
  const write = (
    action: string,
    change: Change,
    answer: (fn: FunctionState, arn: string) => unknown = () => ({}),
  ): Operation => ({
    needs: onFunction(action),
    perform(call, world) {
      const [arn, fn] = findFunction(world, call.input.FunctionName);
      const changed = { ...fn, ...change(fn, call, arn) };
      world.functions.set(arn, changed);
      return answer(changed, arn);
    },
  });

  return {
    Invoke: {
      needs: onFunction('InvokeFunction'),
      async perform({ input: { FunctionName, Payload, InvocationType }, lineage = 0 }, world) {
        const [arn] = findFunction(world, FunctionName);
        if (InvocationType !== 'Event') return lambda.invoke(arn, Payload, { lineage });
        invokeAsync(arn, Payload, lineage);
        return { accepted: true };
      },
    },
    GetFunctionConfiguration: read('GetFunctionConfiguration', configurationOf),
    GetFunctionConcurrency: read('GetFunctionConcurrency', concurrencyOf),
    GetFunctionEventInvokeConfig: read('GetFunctionEventInvokeConfig', (fn, arn) => {
      if (fn.invokeConfig === null)
        throw notFound(`The function ${arn} doesn't have an EventInvokeConfig`);
      return { FunctionArn: `${arn}:$LATEST`, ...fn.invokeConfig };
    }),
    GetPolicy: read('GetPolicy', (_fn, arn, world) => {
      const Policy = functionPolicy(world, arn);
      if (Policy === null) throw notFound('The resource you requested does not exist.');
      return { Policy };
    }),
    UpdateFunctionCode: write(
      'UpdateFunctionCode',
      (_fn, { input: { ZipFile } }) => {
        const code = lambda.upload(Buffer.from(String(ZipFile), 'base64'));
        return { code, codeSha256: codeSha256(code) };
      },
      configurationOf,
    ),
    UpdateFunctionConfiguration: write(
      'UpdateFunctionConfiguration',
      ({ configuration }, { input: { FunctionName: _, ...members } }) => ({
        configuration: { ...configuration, ...members },
      }),
      configurationOf,
    ),
    PutFunctionConcurrency: write(
      'PutFunctionConcurrency',
      (_fn, { input }) => ({ reservedConcurrency: Number(input.ReservedConcurrentExecutions) }),
      concurrencyOf,
    ),
    DeleteFunctionConcurrency: write('DeleteFunctionConcurrency', () => ({
      reservedConcurrency: null,
    })),
    PutFunctionEventInvokeConfig: write(
      'PutFunctionEventInvokeConfig',
      (_fn, { input: { FunctionName: _, ...invokeConfig } }) => ({ invokeConfig }),
      (fn) => fn.invokeConfig,
    ),
    UpdateFunctionEventInvokeConfig: write(
      'UpdateFunctionEventInvokeConfig',
      (fn, { input: { FunctionName: _, ...given } }) => ({
        invokeConfig: { ...fn.invokeConfig, ...given },
      }),
      (fn) => fn.invokeConfig,
    ),
    DeleteFunctionEventInvokeConfig: write('DeleteFunctionEventInvokeConfig', () => ({
      invokeConfig: null,
    })),
    AddPermission: write(
      'AddPermission',
      (fn, { input }, arn) => {
        const given = input as PermissionInput;
        if (fn.policy.some(({ Sid }) => Sid === given.StatementId)) {
          const taken = `The statement id (${given.StatementId}) provided already exists.`;
          throw new AwsError('ResourceConflictException', taken, 409);
        }
        return { policy: [...fn.policy, permissionStatement(arn, given)] };
      },
      (fn) => ({ Statement: JSON.stringify(fn.policy.at(-1)) }),
    ),
    RemovePermission: write('RemovePermission', (fn, { input: { StatementId } }) => {
      const isIt = ({ Sid }: PolicyStatement) => Sid === StatementId;
      if (!fn.policy.some(isIt))
        throw notFound(`Statement ${StatementId} is not found in resource policy.`);
      return { policy: fn.policy.filter((statement) => !isIt(statement)) };
    }),
    ...mappingOperations,
    GetFunctionUrlConfig: read('GetFunctionUrlConfig', (_fn, arn, world) => urlOf(arn, world)),
    UpdateFunctionUrlConfig: {
      needs: onFunction('UpdateFunctionUrlConfig'),
      perform({ input: { FunctionName, AuthType } }, world) {
        const [arn] = findFunction(world, FunctionName);
        const { host } = new URL(urlOf(arn, world).FunctionUrl);
        world.functionUrls.set(host, { functionArn: arn, authType: String(AuthType) });
        return urlOf(arn, world);
      },
    },
    DeleteFunction: {
      needs: onFunction('DeleteFunction'),
      perform({ input }, world) {
        world.functions.delete(findFunction(world, input.FunctionName)[0]);
        return {};
      },
    },
  };
}

/** Source: Lambda API reference, GetFunctionUrlConfig. */
function urlOf(functionArn: string, { functionUrls }: World) {
  const found = [...functionUrls].find(([, url]) => url.functionArn === functionArn);
  if (found === undefined) throw notFound('The resource you requested does not exist.');
  const [host, { authType: AuthType }] = found;
  return { AuthType, FunctionArn: functionArn, FunctionUrl: `https://${host}/` };
}

const configurationOf = ({ name, codeSha256, configuration }: FunctionState, arn: string) => ({
  ...configuration,
  FunctionName: name,
  FunctionArn: arn,
  CodeSha256: codeSha256,
  State: 'Active',
  LastUpdateStatus: 'Successful',
  Version: '$LATEST',
});

const concurrencyOf = ({ reservedConcurrency }: FunctionState) =>
  reservedConcurrency === null ? {} : { ReservedConcurrentExecutions: reservedConcurrency };

const notFound = (message: string): AwsError =>
  new AwsError('ResourceNotFoundException', message, 404);
