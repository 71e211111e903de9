import { authorize, type Roles } from './iam.ts';
import { AwsError, type Call, type Principal, type Service } from './service.ts';
import type { AwsRequest } from './wire.ts';
import type { World } from './world.ts';

/** One API call as it was answered; kept for `/_sandbox/calls`. */
export type CallRecord = {
  readonly at: string;
  readonly principal: string;
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly error: string | null;
};

/** An error that the next `times` calls of an operation (`*`: any) are answered with. */
export type Fault = {
  readonly service: string;
  readonly operation: string;
  readonly error: string;
  readonly message?: string | undefined;
  times: number;
};

export type Api = {
  /** Told each call once it was answered. */
  onCall: ((call: CallRecord) => void) | null;
  readonly calls: CallRecord[];
  readonly faults: Fault[];
  /** Lets the holder of these credentials act as a role. */
  addSession(principal: Principal): void;
  handle(request: AwsRequest): Promise<unknown>;
};

/** Every service of the sandbox behind one door: who calls, may they, what happens, and a record of it. */
export function createApi(
  services: Readonly<Record<string, Service>>,
  world: World,
  roles: Roles,
): Api {
  const sessions = new Map<string, Principal>();
  const calls: CallRecord[] = [];
  const faults: Fault[] = [];
  const api: Api = {
    onCall: null,
    calls,
    faults,
    addSession: (principal) => sessions.set(principal.accessKeyId, principal),
    handle,
  };
  return api;

  async function handle(request: AwsRequest): Promise<unknown> {
    const { accessKeyId, service, operation, region, input } = request;
    const at = new Date();
    const principal = sessions.get(accessKeyId) ?? userOf(accessKeyId, world);
    const call: Call = { principal, service, operation, region, input, at };
    let error: string | null = null;
    try {
      return await perform(call);
    } catch (thrown) {
      error = thrown instanceof AwsError ? thrown.code : 'InternalFailure';
      throw thrown;
    } finally {
      const caller = principal.arn;
      const what = { service, operation, region, input, error };
      const record = { at: at.toISOString(), principal: caller, ...what };
      calls.push(record);
      api.onCall?.(record);
    }
  }

  async function perform(call: Call): Promise<unknown> {
    throwFault(faults, call);
    const operation = services[call.service]?.[call.operation];
    if (operation === undefined) {
      throw new AwsError('UnknownOperationException', `${call.service} ${call.operation}`);
    }
    await authorize(roles, call.principal, operation.needs(call, world));
    return operation.perform(call, world);
  }
}

function throwFault(faults: readonly Fault[], { service, operation }: Call): void {
  const fault = faults.find(
    (one) =>
      one.times > 0 &&
      one.service === service &&
      (one.operation === '*' || one.operation === operation),
  );
  if (fault === undefined) return;
  fault.times -= 1;
  throw new AwsError(fault.error, fault.message ?? `${fault.error}, as asked of the sandbox`);
}

/** The user behind an access key id: 12 digits are that account, anything else is the management account. */
function userOf(accessKeyId: string, { organization }: World): Principal {
  const isAccount = /^\d{12}$/.test(accessKeyId);
  const accountId = isAccount ? accessKeyId : organization.managementAccount;
  const user = isAccount ? 'admin' : accessKeyId;
  const arn = `arn:aws:iam::${accountId}:user/${user}`;
  return { type: 'IAMUser', arn, accountId, accessKeyId, roleArn: null };
}
