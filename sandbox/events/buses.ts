import { arnPrefix } from '../home.ts';
import type { Operation, Service } from '../operation.ts';
import type { EventBus } from '../world.ts';
import { busArnOf, findBus, invalid } from './bus-names.ts';

const onBus =
  (member: string): Operation['needs'] =>
  (call) => [{ action: `events:${call.operation}`, resource: busArnOf(call, call.input[member]) }];

/** Buses and their policies. */
export const buses: Service = {
  DescribeEventBus: {
    needs: onBus('Name'),
    perform(call, world) {
      const arn = findBus(call, world, 'Name');
      const { policy } = world.buses.get(arn) ?? { policy: null };
      return { Name: arn.split('/').at(-1), Arn: arn, ...(policy && { Policy: policy }) };
    },
  },
  CreateEventBus: {
    needs: onBus('Name'),
    perform(call, { buses }) {
      const arn = busArnOf(call, call.input.Name);
      buses.set(arn, { policy: null });
      return { EventBusArn: arn };
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
