import { arnPrefix } from '../home.ts';
import type { Operation, Service } from '../operation.ts';
import { AwsError, type Call } from '../service.ts';
import type { Mapping, World } from '../world.ts';

/** The part of the API that reads, changes and deletes event source mappings. */
export const mappingOperations: Service = {
  GetEventSourceMapping: onMapping('GetEventSourceMapping', (mapping) => mapping),
  UpdateEventSourceMapping: onMapping('UpdateEventSourceMapping', (mapping, call, world) => {
    const { UUID: _, FunctionName: __, Enabled, ...given } = call.input;
    const State = Enabled === undefined ? mapping.State : Enabled ? 'Enabled' : 'Disabled';
    const changed: Mapping = { ...mapping, ...given, State };
    world.mappings.set(mapping.UUID, changed);
    return changed;
  }),
  DeleteEventSourceMapping: onMapping('DeleteEventSourceMapping', (mapping, _call, world) => {
    world.mappings.delete(mapping.UUID);
    return mapping;
  }),
};

function onMapping(
  action: string,
  perform: (mapping: Mapping, call: Call, world: World) => unknown,
): Operation {
  return {
    needs: ({ input, region, principal: { accountId } }) => {
      const resource = `${arnPrefix}:lambda:${region}:${accountId}:event-source-mapping:${input.UUID}`;
      return [{ action: `lambda:${action}`, resource }];
    },
    perform(call, world) {
      const mapping = world.mappings.get(String(call.input.UUID));
      if (mapping !== undefined) return perform(mapping, call, world);
      const missing = 'The resource you requested does not exist.';
      throw new AwsError('ResourceNotFoundException', missing, 404);
    },
  };
}
