import type { Target } from './target.ts';

type Group = {
  readonly folder: string;
  readonly what: string;
  readonly option: string;
  readonly wanted: (target: Target) => boolean;
};

/** The folders of cases with further requirements; the cases in this folder need only an account. */
const groups: readonly Group[] = [
  {
    folder: 'logs',
    what: 'log groups',
    option: '--log-role',
    wanted: ({ context }) => context.logRole !== null,
  },
  {
    folder: 'workflows',
    what: 'executions of state machines',
    option: '--workflow-role',
    wanted: ({ context }) => context.workflowRole !== null,
  },
  {
    folder: 'email',
    what: 'e-mail',
    option: '--email-from',
    wanted: ({ context }) => context.emailFrom !== null,
  },
  {
    folder: 'findings',
    what: 'findings of Security Hub',
    option: '--security-hub',
    wanted: ({ securityHub }) => securityHub,
  },
  {
    folder: 'organization',
    what: 'organization trails',
    option: '--organization',
    wanted: ({ organization }) => organization,
  },
  {
    folder: 'member',
    what: 'member accounts and delegated administrators',
    option: '--member-profile',
    wanted: ({ context }) => context.member !== null,
  },
  {
    folder: 'member/logs',
    what: 'log groups of a delegated administrator',
    option: '--member-log-role',
    wanted: ({ context }) => (context.member?.logRole ?? null) !== null,
  },
  {
    folder: 'trusted-access',
    what: 'trusted access (needs an organization without another organization trail)',
    option: '--trusted-access',
    wanted: ({ trustedAccess }) => trustedAccess,
  },
];

/** The case files to run, as globs. */
export const includedFiles = (target: Target): string[] => [
  'conformance/*.test.ts',
  ...groups
    .filter(({ wanted }) => wanted(target))
    .map(({ folder }) => `conformance/${folder}/*.test.ts`),
];

/** The groups that are not run, each with the option that includes it. */
export const excludedGroups = (target: Target): string[] =>
  groups.filter(({ wanted }) => !wanted(target)).map(({ what, option }) => `${what} (${option})`);
