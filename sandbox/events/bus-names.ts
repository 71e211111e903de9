import { arnPrefix } from '../home.ts';
import { AwsError, type Call } from '../service.ts';
import type { World } from '../world.ts';
import { defaultBus } from './bus.ts';

/** The ARN of a bus given by name or ARN. */
export function busArnOf({ principal, region }: Call, named: unknown): string {
  const { accountId } = principal;
  if (named === undefined) return defaultBus({ accountId, region });
  const text = String(named);
  return text.startsWith('arn:')
    ? text
    : `${arnPrefix}:events:${region}:${accountId}:event-bus/${text}`;
}

/** The ARN of the bus that a call names. */
export function findBus(call: Call, world: World, member = 'EventBusName'): string {
  const arn = busArnOf(call, call.input[member]);
  if (arn.endsWith('/default') || world.buses.has(arn)) return arn;
  throw notFound(`Event bus ${call.input[member]} does not exist.`);
}

export const notFound = (message: string): AwsError =>
  new AwsError('ResourceNotFoundException', message);

export const invalid = (message: string): AwsError => new AwsError('ValidationException', message);
