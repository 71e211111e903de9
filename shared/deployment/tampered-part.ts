import { names as ours } from '#aws/resource-names.ts';
import type { TamperedPart } from '#incident/tamper-event.ts';
import { ownedNames } from './tamper-patterns.ts';
import { isOfDependencies, type Topology } from './topology.ts';

/** Reads it from an event that EventBridge delivers; of any other value nothing is known. */
export function tamperedPart(event: unknown, topology: Topology): TamperedPart {
  const detail = memberOf(event, 'detail');
  const parameters = memberOf(detail, 'requestParameters');
  const names = ownedNames.flatMap((name) => [memberOf(parameters, name)].flat());
  const part = {
    names: names.filter((name) => typeof name === 'string'),
    account: text(memberOf(event, 'account')),
    region: text(memberOf(detail, 'awsRegion')),
  };
  return { ...part, ...(isDependencyPart(part, topology) && { isOfDependencies: true }) };
}

/** The account whose stack `Trailkeeper-Dependencies` has the resource that a fault names; null if none has. */
export function dependencyAccountIn(fault: string, topology: Topology): string | null {
  const [, region = '', account = ''] = /arn:[^:]+:[^:]+:([a-z0-9-]+):(\d{12}):/.exec(fault) ?? [];
  return isOfDependencies({ account, region }, topology) ? account : null;
}

/** A delegated administrator has a forwarder, too: there the name is of one of the two stacks. A stack may be named by its ARN. */
const isDependencyPart = ({ names, account, region }: TamperedPart, topology: Topology): boolean =>
  account !== null &&
  region !== null &&
  (isOfDependencies({ account, region }, topology) ||
    (topology.dependencyAccounts?.some((one) => one.account === account) === true &&
      names.some((name) => name.includes(ours.dependencies))));

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
