import { dependencyKind, type Given, ownerOf } from './dependencies.ts';

type Problem = { readonly path: readonly (string | number)[]; readonly message: string };

/** What is wrong with dependencies and accounts that are valid one by one. */
export const dependencyProblems = (given: Given): readonly Problem[] => [
  ...repeated(
    (given.dependencies ?? []).map(({ arn }) => arn),
    (i) => ['dependencies', i, 'arn'],
  ),
  ...repeated(
    given.dependencyAccounts.map(({ account }) => account),
    (i) => ['dependencyAccounts', i, 'account'],
  ),
  ...given.dependencyAccounts.flatMap(({ account }, i): readonly Problem[] =>
    account === given.account
      ? [
          {
            path: ['dependencyAccounts', i, 'account'],
            message: 'must be another account than the one that trailkeeper is deployed to',
          },
        ]
      : [],
  ),
  ...unreachable(given),
  ...notDeliveredTo(given),
];

const repeated = (
  values: readonly string[],
  pathOf: (i: number) => Problem['path'],
): readonly Problem[] =>
  values.flatMap((value, i) =>
    values.indexOf(value) < i ? [{ path: pathOf(i), message: 'must be named once' }] : [],
  );

/** Dependencies that cannot be restored, because no role reaches their account. */
const unreachable = ({
  account,
  dependencies = [],
  dependencyAccounts,
}: Given): readonly Problem[] =>
  dependencies.flatMap((one, i) => {
    const owner = ownerOf(one);
    const isReached = [account, ...dependencyAccounts.map((other) => other.account)].includes(
      owner,
    );
    const message = `is in account ${owner}, which is not in dependencyAccounts: add it there with an externalId, or leave out restore`;
    return one.restore && !isReached ? [{ path: ['dependencies', i, 'restore'], message }] : [];
  });

/**
 * CloudTrail accepts only a log group and a role of the caller's account (API reference, UpdateTrail, `CloudWatchLogsLogGroupArn`). So those
 * of another account are the ones that a delegated administrator gave to an organization trail.
 */
const notDeliveredTo = ({ account, organization, dependencies = [] }: Given): readonly Problem[] =>
  dependencies.flatMap((one, i) => {
    const owner = ownerOf(one);
    const delivering = [account, ...(organization?.delegatedAdministrators ?? [])];
    const isOfLogs = ['log-group', 'log-role'].includes(dependencyKind(one));
    if (!isOfLogs || delivering.includes(owner)) return [];
    const message = `is in account ${owner}: CloudTrail delivers only to a log group of account ${account} or of a delegated administrator. Leave it out, or add ${owner} to organization.delegatedAdministrators`;
    return [{ path: ['dependencies', i, 'arn'], message }];
  });
