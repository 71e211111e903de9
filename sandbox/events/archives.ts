import { arnPrefix } from '../home.ts';
import type { Operation, Service } from '../operation.ts';
import { AwsError, type Call } from '../service.ts';
import type { Archive, World } from '../world.ts';
import type { Event } from './bus.ts';
import { invalid, notFound } from './bus-names.ts';

const onArchive: Operation['needs'] = (call) => [
  { action: `events:${call.operation}`, resource: archiveArnOf(call) },
];

const onReplay: Operation['needs'] = ({ operation, principal, region, input }) => [
  {
    action: `events:${operation}`,
    resource: `${arnPrefix}:events:${region}:${principal.accountId}:replay/${input.ReplayName}`,
  },
];

/** Archives and replays. */
export const archives = (put: (busArn: string, event: Event) => void): Service => ({
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
    needs: onReplay,
    perform({ input: { ReplayName } }, world) {
      const replay = world.replays.get(String(ReplayName));
      if (replay === undefined) throw notFound(`Replay ${ReplayName} does not exist.`);
      return { ReplayName, EventSourceArn: replay.archiveArn, State: 'COMPLETED' };
    },
  },
  StartReplay: {
    needs: onReplay,
    perform: (call, world) => startReplay(call, world, put),
  },
});

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

function findArchive(call: Call, world: World): Archive {
  const archive = world.archives.get(archiveArnOf(call));
  if (archive !== undefined) return archive;
  throw notFound(`Archive ${call.input.ArchiveName} does not exist.`);
}

const archiveArnOf = ({ principal, region, input }: Call): string =>
  `${arnPrefix}:events:${region}:${principal.accountId}:archive/${input.ArchiveName}`;
