import { type Denial, denialsFor } from './denials.ts';
import { ofMembers, type ProtectedLog } from './protected-log.ts';

/** A policy that stops calls which trailkeeper could otherwise only revert or report. */
export type PreventivePolicy = {
  readonly name: string;
  /** A bucket or key policy is a set of statements to add to the policy that is there. */
  readonly type: 'service control' | 'resource control' | 'bucket' | 'key';
  /** The ARN of the bucket or key; null for the policies of an organization. */
  readonly resource: string | null;
  readonly document: PolicyDocument;
  /** What it keeps as it is, for people. */
  readonly keeps: readonly string[];
};

export type PolicyDocument = {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
};

type Statement = {
  readonly Sid: string;
  readonly Effect: 'Deny';
  readonly Principal?: '*';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
};

/** The maximum size of service and resource control policies in characters. Source: Organizations user guide, "Quotas and service limits". */
export const maxPolicySize = 5120;

/**
 * The policies that prevent attacks on a log. Principals whose ARN matches `exceptions` may still do everything. Policies of the organization
 * never apply to the management account, but a resource control policy applies to its principals in member accounts.
 */
export function preventivePolicies(
  log: ProtectedLog,
  exceptions: readonly string[],
): readonly PreventivePolicy[] {
  return [
    ...(log.isOfOrganization ? ofOrganization(denialsFor(ofMembers(log)), exceptions) : []),
    ...ofResources(log, exceptions),
  ];
}

function ofOrganization(
  denials: readonly Denial[],
  exceptions: readonly string[],
): readonly PreventivePolicy[] {
  const onResources = denials.filter(({ actions }) => actions.every(isOfResourceControl));
  return [
    ...packed('service control', denials, (denial) => statement(denial, exceptions)),
    ...packed('resource control', onResources, (denial) => toEveryone(denial, exceptions)),
  ];
}

/** The services whose resources are protected here and to which resource control policies apply. Source: Organizations user guide, "RCPs". */
const isOfResourceControl = (action: string): boolean => /^(events|kms|logs|s3):/.test(action);

/** Puts as many statements as fit into one policy. */
function packed(
  type: 'service control' | 'resource control',
  denials: readonly Denial[],
  statementOf: (denial: Denial) => Statement,
): readonly PreventivePolicy[] {
  const groups: Denial[][] = [];
  for (const denial of denials.flatMap((one) => fitting(one, statementOf))) {
    const last = groups.at(-1);
    const isFull =
      last === undefined || sizeOf(documentOf([...last, denial].map(statementOf))) > maxPolicySize;
    if (isFull) groups.push([denial]);
    else last.push(denial);
  }
  return groups.map((group, i) => ({
    name: `trailkeeper-${type.replace(' ', '-')}${i === 0 ? '' : `-${i + 1}`}`,
    type,
    resource: null,
    document: documentOf(group.map(statementOf)),
    keeps: group.map(({ keeps }) => keeps),
  }));
}

/** Two denials or more in place of one whose statement alone is too long, because it names too many resources. */
function fitting(denial: Denial, statementOf: (denial: Denial) => Statement): readonly Denial[] {
  const { id, resources } = denial;
  const isShort = sizeOf(documentOf([statementOf(denial)])) <= maxPolicySize;
  if (isShort || resources.length === 1) return [denial];
  const half = Math.ceil(resources.length / 2);
  return [resources.slice(0, half), resources.slice(half)].flatMap((some, i) =>
    fitting({ ...denial, id: `${id}${i + 1}`, resources: some }, statementOf),
  );
}

/** The size of a policy without white space, in characters. */
export const sizeOf = (document: PolicyDocument): number => JSON.stringify(document).length;

const documentOf = (statements: readonly Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
});

const statement = (
  { id, actions, resources }: Denial,
  exceptions: readonly string[],
): Statement => ({
  Sid: id,
  Effect: 'Deny',
  Action: actions,
  Resource: resources,
  ...(exceptions.length > 0 && { Condition: unless(exceptions) }),
});

const unless = (exceptions: readonly string[]) => ({
  ArnNotLike: { 'aws:PrincipalArn': exceptions },
});

/** A statement of a resource's policy. CloudTrail itself may write log files. */
function toEveryone(denial: Denial, exceptions: readonly string[]): Statement {
  const { Condition, ...rest } = statement(denial, exceptions);
  const isWrittenByService = denial.actions.includes('s3:PutObject');
  const conditions = {
    ...Condition,
    ...(isWrittenByService && { BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' } }),
  };
  return {
    ...rest,
    Principal: '*',
    ...(Object.keys(conditions).length > 0 && { Condition: conditions }),
  };
}

/** The statements for the policies of buckets and keys themselves, which also apply outside an organization. */
function ofResources(
  log: ProtectedLog,
  exceptions: readonly string[],
): readonly PreventivePolicy[] {
  const denials = denialsFor(log);
  return log.resources.flatMap(({ kind, arn }): readonly PreventivePolicy[] => {
    if (kind !== 'bucket' && kind !== 'key') return [];
    const own = denials
      .map((denial) => ({
        ...denial,
        // Without an exception, no one could change the policy of the key again.
        actions: denial.actions.filter((action) => kind !== 'key' || action !== 'kms:PutKeyPolicy'),
        resources: denial.resources.filter((one) => one === arn || one.startsWith(`${arn}/`)),
      }))
      .filter(({ resources }) => resources.length > 0);
    return [
      {
        name: `${kind}-${arn.split(/[:/]/).at(-1)}`,
        type: kind,
        resource: arn,
        document: documentOf(own.map((denial) => toEveryone(denial, exceptions))),
        keeps: own.map(({ keeps }) => keeps),
      },
    ];
  });
}
