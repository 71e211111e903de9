import { randomUUID } from 'node:crypto';
import { eventBridgeTest, validatePattern } from '../event-pattern.ts';
import { arnPrefix } from '../home.ts';
import { denied, isAllowedIn } from '../iam.ts';
import type { Operation, Service } from '../operation.ts';
import { AwsError, type Call } from '../service.ts';
import type { Archive, EventBus, Rule, Target, World } from '../world.ts';
import { defaultBus, type Event } from './bus.ts';

/** The part of Amazon EventBridge that manages rules, targets, buses, archives and replays. */
export const eventBridge = (put: (busArn: string, event: Event) => void): Service => ({
  ...eventBridgeTest,
  ...rules,
  ...buses,
  ...archives,
  PutEvents: {
    needs: (call) =>
      entriesOf(call).map(({ EventBusName }) => ({
        action: 'events:PutEvents',
        resource: busArnOf(call, EventBusName),
      })),
    perform(call, world) {
      for (const { EventBusName } of entriesOf(call)) {
        checkSender(busArnOf(call, EventBusName), call, world);
      }
      return putEvents(call, world, put);
    },
  },
  StartReplay: {
    needs: (call) => [
      {
        action: 'events:StartReplay',
        resource: `${arnPrefix}:events:${call.region}:${call.principal.accountId}:replay/${call.input.ReplayName}`,
      },
    ],
    perform: (call, world) => startReplay(call, world, put),
  },
});

const onRule =
  (member: 'Name' | 'Rule'): Operation['needs'] =>
  (call) => [{ action: `events:${call.operation}`, resource: ruleArnOf(call, member) }];

const ruleStates = ['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'];

const rules: Service = {
  PutRule: {
    needs: onRule('Name'),
    perform(call, world) {
      const { Name, EventPattern, State = 'ENABLED' } = call.input;
      const busArn = findBus(call, world);
      const pattern = String(EventPattern);
      validatePattern(JSON.parse(pattern));
      if (!ruleStates.includes(String(State))) {
        throw new AwsError('ValidationException', `State must be one of ${ruleStates.join(', ')}.`);
      }
      const arn = ruleArnOf(call, 'Name');
      const targets = world.rules.get(arn)?.targets ?? [];
      world.rules.set(arn, { name: String(Name), busArn, state: String(State), pattern, targets });
      return { RuleArn: arn };
    },
  },
  DescribeRule: {
    needs: onRule('Name'),
    perform(call, world) {
      const { name, state, pattern, busArn } = findRule(call, world, 'Name');
      return {
        Name: name,
        Arn: ruleArnOf(call, 'Name'),
        EventPattern: pattern,
        State: state,
        EventBusName: busArn.split('/').at(-1),
      };
    },
  },
  EnableRule: changing('Name', (rule) => ({ ...rule, state: 'ENABLED' })),
  DisableRule: changing('Name', (rule) => ({ ...rule, state: 'DISABLED' })),
  DeleteRule: {
    needs: onRule('Name'),
    perform(call, world) {
      const arn = ruleArnOf(call, 'Name');
      if ((world.rules.get(arn)?.targets ?? []).length > 0) {
        throw invalid("Rule can't be deleted since it has targets.");
      }
      world.rules.delete(arn);
      return {};
    },
  },
  ListTargetsByRule: {
    needs: onRule('Rule'),
    perform: (call, world) => ({ Targets: findRule(call, world, 'Rule').targets }),
  },
  PutTargets: {
    needs: onRule('Rule'),
    perform(call, world) {
      const given = call.input.Targets as readonly Target[];
      change(call, world, 'Rule', (rule) => ({
        ...rule,
        targets: [
          ...rule.targets.filter(({ Id }) => given.every((one) => one.Id !== Id)),
          ...given,
        ],
      }));
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
  },
  RemoveTargets: {
    needs: onRule('Rule'),
    perform(call, world) {
      const ids = call.input.Ids as readonly string[];
      change(call, world, 'Rule', (rule) => ({
        ...rule,
        targets: rule.targets.filter(({ Id }) => !ids.includes(Id)),
      }));
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
  },
};

const onBus =
  (member: string): Operation['needs'] =>
  (call) => [{ action: `events:${call.operation}`, resource: busArnOf(call, call.input[member]) }];

const buses: Service = {
  DescribeEventBus: {
    needs: onBus('Name'),
    perform(call, world) {
      const arn = findBus(call, world, 'Name');
      const { policy } = world.buses.get(arn) ?? { policy: null };
      return { Name: arn.split('/').at(-1), Arn: arn, ...(policy && { Policy: policy }) };
    },
  },
  DeleteEventBus: {
    needs: onBus('Name'),
    perform(call, world) {
      const arn = busArnOf(call, call.input.Name);
      if ([...world.rules.values()].some(({ busArn }) => busArn === arn)) {
        throw invalid("EventBus can't be deleted since it has rules.");
      }
      world.buses.delete(arn);
      return {};
    },
  },
  RemovePermission: {
    needs: onBus('EventBusName'),
    perform(call, world) {
      const { RemoveAllPermissions, StatementId } = call.input;
      const arn = findBus(call, world);
      const { Statement } = JSON.parse(world.buses.get(arn)?.policy ?? '{"Statement":[]}');
      const left = Statement.filter(
        ({ Sid }: { readonly Sid: string }) => RemoveAllPermissions !== true && Sid !== StatementId,
      );
      world.buses.set(arn, busWith(left));
      return {};
    },
  },
  PutPermission: {
    needs: onBus('EventBusName'),
    perform(call, world) {
      const { StatementId, Principal, Action, Policy } = call.input;
      const arn = findBus(call, world);
      if (typeof Policy === 'string') {
        world.buses.set(arn, { policy: Policy });
        return {};
      }
      const { Statement } = JSON.parse(world.buses.get(arn)?.policy ?? '{"Statement":[]}');
      const statement = {
        Sid: StatementId,
        Effect: 'Allow',
        Principal: Principal === '*' ? '*' : { AWS: `${arnPrefix}:iam::${Principal}:root` },
        Action,
        Resource: arn,
      };
      world.buses.set(arn, busWith([...Statement, statement]));
      return {};
    },
  },
};

/** A bus with a policy of these statements; without statements it has no policy. */
export const busWith = (statements: readonly object[]): EventBus => ({
  policy:
    statements.length === 0
      ? null
      : JSON.stringify({ Version: '2012-10-17', Statement: statements }),
});

const onArchive: Operation['needs'] = (call) => [
  { action: `events:${call.operation}`, resource: archiveArnOf(call) },
];

const archives: Service = {
  DescribeArchive: {
    needs: onArchive,
    perform(call, world) {
      const { name, busArn, pattern, retentionDays, events } = findArchive(call, world);
      return {
        ArchiveName: name,
        ArchiveArn: archiveArnOf(call),
        EventSourceArn: busArn,
        ...(pattern && { EventPattern: pattern }),
        State: 'ENABLED',
        RetentionDays: retentionDays,
        EventCount: events.length,
      };
    },
  },
  DeleteArchive: {
    needs: onArchive,
    perform(call, world) {
      findArchive(call, world);
      world.archives.delete(archiveArnOf(call));
      return {};
    },
  },
  DescribeReplay: {
    needs: (call) => [
      {
        action: 'events:DescribeReplay',
        resource: `${arnPrefix}:events:${call.region}:${call.principal.accountId}:replay/${call.input.ReplayName}`,
      },
    ],
    perform({ input: { ReplayName } }, world) {
      const replay = world.replays.get(String(ReplayName));
      if (replay === undefined) throw notFound(`Replay ${ReplayName} does not exist.`);
      return { ReplayName, EventSourceArn: replay.archiveArn, State: 'COMPLETED' };
    },
  },
};

/** Sends archived events to the bus that they came from. The order within a replay is not defined. */
function startReplay(
  { input, at }: Call,
  world: World,
  put: (busArn: string, event: Event) => void,
): object {
  const { ReplayName, EventSourceArn, EventStartTime, EventEndTime, Destination } = input;
  const archive = world.archives.get(String(EventSourceArn));
  if (archive === undefined) throw notFound(`Archive ${EventSourceArn} does not exist.`);
  const { Arn: busArn } = Destination as { readonly Arn: string };
  if (busArn !== archive.busArn) {
    throw invalid('Parameter Destination is not valid. Reason: Must be the bus of the archive.');
  }
  const name = String(ReplayName);
  if (world.replays.has(name)) {
    throw new AwsError('ResourceAlreadyExistsException', `Replay ${name} already exists.`);
  }
  world.replays.set(name, { name, archiveArn: String(EventSourceArn), busArn });
  for (const event of archive.events as readonly Event[]) {
    const time = Date.parse(String(event.time)) / 1000;
    if (time < Number(EventStartTime) || time > Number(EventEndTime)) continue;
    put(busArn, { ...event, 'replay-name': name });
  }
  return {
    ReplayArn: `${arnPrefix}:events:${busArn.split(':')[3]}:${busArn.split(':')[4]}:replay/${name}`,
    State: 'STARTING',
    ReplayStartTime: at,
  };
}

/** A bus of another account must allow the sender. */
function checkSender(busArn: string, { principal }: Call, world: World): void {
  if (busArn.split(':')[4] === principal.accountId) return;
  const { id, managementAccount, members } = world.organization;
  const isMember = [managementAccount, ...members].includes(principal.accountId);
  const may = {
    principal: principal.arn,
    action: 'events:PutEvents',
    resource: busArn,
    context: isMember ? { 'aws:PrincipalOrgID': id } : {},
  };
  if (isAllowedIn(world.buses.get(busArn)?.policy, may)) return;
  throw denied(principal, may.action, busArn);
}

type Entry = {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
};

const entriesOf = ({ input }: Call): readonly Entry[] => (input.Entries ?? []) as readonly Entry[];

/** Each entry succeeds or fails independently. Source: EventBridge API reference, PutEvents. */
function putEvents(call: Call, world: World, put: (busArn: string, event: Event) => void): object {
  const entries = entriesOf(call);
  if (entries.length < 1 || entries.length > 10) {
    throw invalid('Entries must have 1 to 10 members.');
  }
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
        resources: [],
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
  try {
    JSON.parse(Detail);
    return null;
  } catch {
    return problem('MalformedDetail', 'Detail is malformed.');
  }
}

function changing(member: 'Name' | 'Rule', edit: (rule: Rule) => Rule): Operation {
  return {
    needs: onRule(member),
    perform(call, world) {
      change(call, world, member, edit);
      return {};
    },
  };
}

function change(
  call: Call,
  world: World,
  member: 'Name' | 'Rule',
  edit: (rule: Rule) => Rule,
): void {
  world.rules.set(ruleArnOf(call, member), edit(findRule(call, world, member)));
}

function findRule(call: Call, world: World, member: 'Name' | 'Rule'): Rule {
  const rule = world.rules.get(ruleArnOf(call, member));
  if (rule !== undefined) return rule;
  throw notFound(
    `Rule ${call.input[member]} does not exist on EventBus ${call.input.EventBusName ?? 'default'}.`,
  );
}

function findBus(call: Call, world: World, member = 'EventBusName'): string {
  const arn = busArnOf(call, call.input[member]);
  if (arn.endsWith('/default') || world.buses.has(arn)) return arn;
  throw notFound(`Event bus ${call.input[member]} does not exist.`);
}

function findArchive(call: Call, world: World): Archive {
  const archive = world.archives.get(archiveArnOf(call));
  if (archive !== undefined) return archive;
  throw notFound(`Archive ${call.input.ArchiveName} does not exist.`);
}

/** The ARN of a bus given by name or ARN. */
function busArnOf({ principal, region }: Call, named: unknown): string {
  const { accountId } = principal;
  if (named === undefined) return defaultBus({ accountId, region });
  const text = String(named);
  return text.startsWith('arn:')
    ? text
    : `${arnPrefix}:events:${region}:${accountId}:event-bus/${text}`;
}

const ruleArnOf = (call: Call, member: 'Name' | 'Rule'): string => {
  const [prefix = '', bus = ''] = busArnOf(call, call.input.EventBusName).split('event-bus/');
  return `${prefix}rule/${bus === 'default' ? '' : `${bus}/`}${call.input[member]}`;
};

const archiveArnOf = ({ principal, region, input }: Call): string =>
  `${arnPrefix}:events:${region}:${principal.accountId}:archive/${input.ArchiveName}`;

const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message);

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);
