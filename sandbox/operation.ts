import type { Call, Need } from './service.ts';
import type { World } from './world.ts';

/** An operation of a service: the permissions that it needs, and its effect on the world. Throws `AwsError`. */
export type Operation = {
  readonly needs: (call: Call, world: World) => readonly Need[];
  readonly perform: (call: Call, world: World) => unknown;
};

/** The operations of an AWS service, by name. */
export type Service = Readonly<Record<string, Operation>>;
