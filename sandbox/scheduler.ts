import { arnPrefix } from './home.ts';
import type { Service } from './operation.ts';
import { AwsError, type Call, type Need } from './service.ts';
import type { Schedule, World } from './world.ts';

/** The part of EventBridge Scheduler that reads and changes schedules of the default group. */
export const scheduler: Service = {
  GetSchedule: {
    needs: onSchedule,
    perform: (call, world) => ({ GroupName: 'default', Arn: arnOf(call), ...find(call, world) }),
  },
  /** Fields that are left out are reset to their defaults. Source: EventBridge Scheduler API reference, UpdateSchedule. */
  UpdateSchedule: {
    needs: onSchedule,
    perform(call, world) {
      find(call, world);
      const { State = 'ENABLED', ...given } = call.input;
      world.schedules.set(arnOf(call), { State, ...given } as unknown as Schedule);
      return { ScheduleArn: arnOf(call) };
    },
  },
  DeleteSchedule: {
    needs: onSchedule,
    perform(call, world) {
      find(call, world);
      world.schedules.delete(arnOf(call));
      return {};
    },
  },
};

function onSchedule(call: Call): readonly Need[] {
  return [{ action: `scheduler:${call.operation}`, resource: arnOf(call) }];
}

function find(call: Call, { schedules }: World): Schedule {
  const schedule = schedules.get(arnOf(call));
  if (schedule !== undefined) return schedule;
  const missing = `Schedule ${call.input.Name} does not exist.`;
  throw new AwsError('ResourceNotFoundException', missing, 404);
}

const arnOf = ({ input, region, principal }: Call): string =>
  `${arnPrefix}:scheduler:${region}:${principal.accountId}:schedule/${input.GroupName ?? 'default'}/${input.Name}`;
