import { randomUUID } from 'node:crypto';
import { denied, isAllowedIn } from '../iam.ts';
import type { Operation } from '../operation.ts';
import type { Call } from '../service.ts';
import type { World } from '../world.ts';
import type { Event } from './bus.ts';
import { busArnOf, invalid } from './bus-names.ts';

/** Each entry goes to the bus that it names, which may be of another account. */
export const putEvents = (put: (busArn: string, event: Event) => void): Operation => ({
  needs: (call) =>
    entriesOf(call).map(({ EventBusName }) => ({
      action: 'events:PutEvents',
      resource: busArnOf(call, EventBusName),
    })),
  perform(call, world) {
    for (const { EventBusName } of entriesOf(call)) {
      checkSender(busArnOf(call, EventBusName), call, world);
    }
    return putEntries(call, world, put);
  },
});

/** A bus of another account must allow the sender. */
function checkSender(busArn: string, { principal }: Call, world: World): void {
  if (busArn.split(':')[4] === principal.accountId) return;
  const { id, managementAccount, members } = world.organization;
  const isMember = [managementAccount, ...members].includes(principal.accountId);
  const may = {
    principal: principal.arn,
    action: 'events:PutEvents',
    resource: busArn,
    context: {
      'aws:PrincipalArn': principal.roleArn ?? principal.arn,
      ...(isMember && { 'aws:PrincipalOrgID': id }),
    },
  };
  if (isAllowedIn(world.buses.get(busArn)?.policy, may)) return;
  throw denied(principal, may.action, busArn);
}

type Entry = {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Resources?: readonly string[];
};

const entriesOf = ({ input }: Call): readonly Entry[] => (input.Entries ?? []) as readonly Entry[];

/** Each entry succeeds or fails independently, if one of them is whole. Source: EventBridge API reference, PutEvents, PutEventsRequestEntry. */
function putEntries(call: Call, world: World, put: (busArn: string, event: Event) => void): object {
  const entries = entriesOf(call);
  if (entries.length < 1 || entries.length > 10) {
    throw invalid('Entries must have 1 to 10 members.');
  }
  if (!entries.some(isWhole)) throw invalid('No entry has Source, DetailType and Detail.');
  const Entries = entries.map((entry) => {
    const problem = problemOf(entry);
    if (problem !== null) return problem;
    const busArn = busArnOf(call, entry.EventBusName);
    const id = randomUUID();
    // An event for a bus that does not exist is accepted and dropped.
    if (busArn.endsWith('/default') || world.buses.has(busArn)) {
      put(busArn, {
        version: '0',
        id,
        'detail-type': entry.DetailType,
        source: entry.Source,
        account: call.principal.accountId,
        time: call.at.toISOString().replace(/\.\d+Z$/, 'Z'),
        region: call.region,
        resources: entry.Resources ?? [],
        detail: JSON.parse(entry.Detail ?? '{}'),
      });
    }
    return { EventId: id };
  });
  return { FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length, Entries };
}

function problemOf({ Source = '', DetailType = '', Detail = '' }: Entry): object | null {
  const problem = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });
  if (Source === '') return problem('InvalidArgument', 'Parameter Source is not valid.');
  if (DetailType === '') return problem('InvalidArgument', 'Parameter DetailType is not valid.');
  if (Source.startsWith('aws.')) {
    return problem('NotAuthorizedForSourceException', 'Not authorized for the source.');
  }
  return isObject(Detail) ? null : problem('MalformedDetail', 'Detail is malformed.');
}

const isWhole = ({ Source, DetailType, Detail }: Entry): boolean =>
  Boolean(Source) && Boolean(DetailType) && Boolean(Detail);

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
