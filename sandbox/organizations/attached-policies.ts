import type { ControlPolicy, Organization } from '../world.ts';

/** The root of the organization, to which every account belongs. */
export const rootId = 'r-a1b2';

/** The documents of a type that apply to an account; none to the management account. */
export const documentsFor = (
  type: ControlPolicy['type'],
  accountId: string,
  { members, controlPolicies }: Organization,
): readonly object[] =>
  members.includes(accountId)
    ? [...controlPolicies.values()]
        .filter((one) => one.type === type)
        .filter(({ targets }) => targets.has(rootId) || targets.has(accountId))
        .map(({ document }) => document)
    : [];
