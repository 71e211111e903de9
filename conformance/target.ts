import { clientsOf } from './clients.ts';
import type { Connection, Context } from './context.ts';
import { inSandbox } from './in-sandbox.ts';
import type { Options } from './options.ts';
import { trailsOf } from './trails.ts';

export type Target = {
  readonly context: Omit<Context, 'run' | 'bucket'>;
  readonly caller: string;
  /** The endpoint of a sandbox; null: it can be AWS, and the user must confirm. */
  readonly sandbox: string | null;
  /** Whether the cases that read or change an organization are requested. */
  readonly organization: boolean;
  /** Whether the cases that import findings are requested. */
  readonly securityHub: boolean;
  readonly trustedAccess: boolean;
};

/** The target that the options describe. A sandbox has everything optional; elsewhere the options request it. */
export async function targetOf(options: Options): Promise<Target> {
  const { endpoint } = options;
  if (endpoint !== undefined && (await isSandbox(endpoint))) {
    const context = inSandbox(endpoint);
    return {
      context: options.logRole === undefined ? context : { ...context, logRole: options.logRole },
      caller: `the sandbox at ${endpoint}`,
      sandbox: endpoint,
      organization: true,
      securityHub: true,
      trustedAccess: !(await hasOrganizationTrail(context)),
    };
  }
  const { region } = options;
  if (!region) throw new Error('no Region: give --region, or set AWS_REGION');
  if (region === options.otherRegion) {
    throw new Error(`--other-region ${region} is the Region of the run: give another one`);
  }
  checkOrganization(options);
  const connection = { ...(endpoint && { endpoint }), ...profile(options.profile) };
  const { Account: accountId, Arn: caller } = await callerOf(connection, region);
  const context = {
    accountId,
    region,
    otherRegion: options.otherRegion,
    connection,
    logRole: options.logRole ?? null,
    workflowRole: options.workflowRole ?? null,
    emailFrom: options.emailFrom ?? null,
    member: await memberOf(options, connection, region),
    patienceMs: options.patience * 1000,
  };
  if (options.trustedAccess && (await hasOrganizationTrail(context))) {
    throw new Error(
      '--trusted-access would turn the existing organization trails into account trails: use an organization without one',
    );
  }
  return {
    context,
    caller,
    sandbox: null,
    organization: options.organization ?? false,
    securityHub: options.securityHub ?? false,
    trustedAccess: options.trustedAccess ?? false,
  };
}

function checkOrganization({ organization, memberProfile, trustedAccess }: Options): void {
  if (organization) return;
  const without = memberProfile ? '--member-profile' : trustedAccess && '--trusted-access';
  if (without) throw new Error(`${without} needs an organization: add --organization`);
}

const profile = (name: string | undefined): Connection => (name ? { profile: name } : {});

async function memberOf(
  { memberProfile, memberLogRole }: Options,
  connection: Connection,
  region: string,
) {
  if (memberProfile === undefined) return null;
  const asMember = { ...connection, ...profile(memberProfile) };
  const { Account: accountId } = await callerOf(asMember, region);
  const { DelegatedAdministrators = [] } = await clientsOf(
    connection,
    region,
  ).organizations.listDelegatedAdministrators({ ServicePrincipal: 'cloudtrail.amazonaws.com' });
  if (DelegatedAdministrators.some(({ Id }) => Id === accountId)) {
    throw new Error(
      `--member-profile ${memberProfile} is a delegated administrator for CloudTrail, and a run would deregister it: use another member account`,
    );
  }
  return { accountId, connection: asMember, logRole: memberLogRole ?? null };
}

async function callerOf(connection: Connection, region: string) {
  const { sts } = clientsOf(connection, region);
  try {
    const { Account = '', Arn = '' } = await sts.getCallerIdentity({});
    return { Account, Arn };
  } catch (cause) {
    const { profile: name = 'the environment', endpoint = 'AWS' } = connection;
    throw new Error(
      `${endpoint} does not accept the credentials of ${name}: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}

async function isSandbox(endpoint: string): Promise<boolean> {
  try {
    const answer = await fetch(`${endpoint}/_sandbox/invocations`);
    return answer.ok && Array.isArray(await answer.json());
  } catch (cause) {
    if (cause instanceof SyntaxError) return false;
    throw new Error(`--endpoint ${endpoint} cannot be reached: is it running?`, { cause });
  }
}

/** Whether any Region has an organization trail. DescribeTrails alone does not show single-Region trails of other Regions. */
async function hasOrganizationTrail({
  connection,
  region,
}: Pick<Context, 'connection' | 'region'>): Promise<boolean> {
  for (const { TrailARN = '', HomeRegion = region } of await trailsOf(
    clientsOf(connection, region).cloudtrail,
  )) {
    const { cloudtrail } = clientsOf(connection, HomeRegion);
    const { trailList = [] } = await cloudtrail.describeTrails({ trailNameList: [TrailARN] });
    if (trailList.some(({ IsOrganizationTrail }) => IsOrganizationTrail)) return true;
  }
  return false;
}
