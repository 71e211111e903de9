import { keepRecord } from './cloudtrail/log-files/deliver.ts';
import { isRecorded, isWrite, recordOf } from './cloudtrail/record.ts';
import type { CloudTrailRecord } from './cloudtrail/record-type.ts';
import { recordDeliveries } from './cloudtrail/status.ts';
import { readTime, rememberTrails, worldAt } from './consistency.ts';
import { type Disruptions, faultError, faultFor, noDisruptions, slowDown } from './disruptions.ts';
import { partition } from './home.ts';
import { authorize } from './iam.ts';
import type { Service } from './operation.ts';
import { principalOf } from './principal.ts';
import { AwsError, type Call, type Principal } from './service.ts';
import { checkQuota } from './throttling.ts';
import type { AwsRequest } from './wire.ts';
import type { World } from './world.ts';

/** An answered API call; kept for `/_sandbox/calls`. */
export type CallRecord = {
  readonly at: string;
  readonly principal: string;
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly error: string | null;
};

export type Api = {
  /** Awaited before each call is performed. */
  beforeCall:
    | ((call: Pick<Call, 'principal' | 'service' | 'operation' | 'input'>) => Promise<void>)
    | null;
  /** Called with each answered call. */
  onCall: ((call: CallRecord) => void) | null;
  /** Called with each record that CloudTrail writes. */
  onRecord: ((record: CloudTrailRecord) => void) | null;
  readonly calls: CallRecord[];
  readonly disruptions: Disruptions;
  /** Lets the holder of these credentials act as the role, until they expire. */
  addSession(principal: Principal, expiration?: Date): void;
  handle(request: AwsRequest): Promise<unknown>;
};

/** The entry point for all services: authenticates, authorizes, performs and records each call. */
export function createApi(
  services: Readonly<Record<string, Service>>,
  world: World,
  now: () => Date = () => new Date(),
): Api {
  const sessions = new Map<string, Session>();
  const calls: CallRecord[] = [];
  const disruptions = noDisruptions();
  const api: Api = {
    beforeCall: null,
    onCall: null,
    onRecord: null,
    calls,
    disruptions,
    addSession: (principal, expiration) =>
      sessions.set(principal.accessKeyId, { principal, expiration: expiration ?? null }),
    handle,
  };
  return api;

  async function handle(request: AwsRequest): Promise<unknown> {
    const { accessKeyId, service, operation, region, input, userAgent, requestId } = request;
    const { lineage } = request;
    const session = sessions.get(accessKeyId);
    const principal = session?.principal ?? principalOf(accessKeyId, world.organization);
    await slowDown(disruptions.latency, request);
    await api.beforeCall?.({ principal, service, operation, input });
    const at = now();
    const call: Call = {
      principal,
      service,
      operation,
      region,
      input,
      userAgent,
      requestId,
      at,
      lineage,
    };
    try {
      refuseExpired(session, at);
      const output = await perform(call);
      recordCall(call, { output });
      return output;
    } catch (thrown) {
      const error =
        thrown instanceof AwsError ? thrown : new AwsError('InternalFailure', String(thrown), 500);
      recordCall(call, { error });
      throw error;
    }
  }

  /** Stores the call for `/_sandbox/calls` and lets CloudTrail record it. */
  function recordCall(call: Call, answer: { output: unknown } | { error: AwsError }): void {
    const { principal, service, operation, region, input, at } = call;
    const error = 'error' in answer ? answer.error.code : null;
    const what = { principal: principal.arn, service, operation, region, input, error };
    const kept = { at: at.toISOString(), ...what };
    calls.push(kept);
    api.onCall?.(kept);
    if (!isRecorded(call)) return;
    const record = recordOf(call, answer, world);
    world.history.push(record);
    keepRecord(world, record);
    api.onRecord?.(record);
  }

  async function perform(call: Call): Promise<unknown> {
    checkRegion(call);
    const fault = faultFor(disruptions.faults, call);
    if (fault?.error === null) return {};
    if (fault?.error === 'ETIMEDOUT') {
      await execute(call);
      throw new AwsError('ETIMEDOUT', 'the call has its effect, and no response', 0);
    }
    if (fault !== undefined) throw faultError(fault.error, fault.message);
    return execute(call);
  }

  async function execute(call: Call): Promise<unknown> {
    checkQuota(disruptions.throttling, call);
    const operation = services[call.service]?.[call.operation];
    if (operation === undefined) {
      throw new AwsError('UnknownOperationException', `${call.service} ${call.operation}`);
    }
    await authorize(world, call.principal, operation.needs(call, world));
    if (isRecorded(call) && isWrite(call)) {
      rememberTrails(world, call.at);
      recordDeliveries(world, call.at);
    }
    const at = readTime(call, disruptions.consistency);
    if (at < call.at) return operation.perform({ ...call, at }, worldAt(world, at));
    return operation.perform(call, world);
  }
}

/** Credentials that STS gave out, which may expire. */
type Session = { readonly principal: Principal; readonly expiration: Date | null };

/** Throws if the credentials expired. Source: IAM User Guide, "Common errors" of the APIs of each service. */
function refuseExpired(session: Session | undefined, at: Date): void {
  if (session?.expiration == null || session.expiration > at) return;
  throw new AwsError(
    'ExpiredTokenException',
    'The security token included in the request is expired',
    403,
  );
}

/** Throws if the partition does not have the Region. On AWS the client would find no such host. */
function checkRegion({ region }: Call): void {
  const { name, regions } = partition;
  if (regions.includes(region)) return;
  throw new AwsError(
    'RegionNotModelled',
    `The sandbox has no Region ${region} in partition ${name}: on AWS its endpoint has no address.`,
  );
}
