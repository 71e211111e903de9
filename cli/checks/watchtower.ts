import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { messageOf, nameOf } from '#aws/errors.ts';
import { type AccountRegion, names, roleArn } from '#aws/resource-names.ts';
import { metricNames } from '#deployment/metrics.ts';
import { heartbeatTimeout } from '#deployment/sweep-rate.ts';
import { parsedDocument } from '#drift/dependencies/log-role-state.ts';
import { statementsIn } from '#drift/dependencies/policy-document.ts';
import { credentialsFor, type DependencyProfile } from '../dependency-profiles.ts';
import { counted } from '../terminal.ts';
import { type Check, type Finding, ok, warning, wrong } from './check.ts';
import { type Span, valuesOf } from './metric.ts';

/** Sweeps reach the watchtower, it may assume its role here, and it checks this account. */
export const watchtower: Check = {
  name: 'watchtower',
  async run({ now, dependencyProfiles }, deployment) {
    const { facts } = await deployment;
    const { watchtower: account } = facts.config;
    if (account === undefined) {
      return [ok('not configured: no other account reports if trailkeeper is silenced')];
    }
    const at = { account, region: facts.topology.region };
    const span = { end: now(), minutes: heartbeatTimeout(facts.sweepEvery) };
    const findings = await Promise.all([
      heartbeatFinding(at, span),
      accessFinding(at),
      ownFindings(at, span, dependencyProfiles),
    ]);
    return findings.flat();
  },
};

/** Whether the heartbeats of the last sweeps were accepted. */
async function heartbeatFinding({ account }: AccountRegion, span: Span): Promise<Finding> {
  const { count, sum: unsent } = await valuesOf(new CloudWatchClient(), metricNames.unsent, span);
  const sent = `${counted(count - unsent, 'heartbeat', 'heartbeats')} sent to account ${account}`;
  if (count > 0 && unsent === 0) return ok(`${sent} in the last ${span.minutes} minutes`);
  return wrong(
    `${sent} in the last ${span.minutes} minutes, and ${unsent} failed`,
    `check the log of the function ${names.sweep}; with credentials of account ${account}: ${deployIt}`,
  );
}

/** Whether the role in this account trusts the role of the watchtower. */
async function accessFinding(at: AccountRegion): Promise<Finding> {
  try {
    const { Role } = await new IAMClient().send(new GetRoleCommand({ RoleName: names.watchtower }));
    const watcher = roleArn(at, names.watchtower);
    const isTrusted = statementsIn(parsedDocument(Role?.AssumeRolePolicyDocument ?? '')).some(
      ({ Effect, Condition }) => Effect === 'Allow' && JSON.stringify(Condition)?.includes(watcher),
    );
    return isTrusted
      ? ok(`the role ${names.watchtower} trusts account ${at.account}`)
      : wrong(`the role ${names.watchtower} does not trust ${watcher}`, deployAccess);
  } catch (error) {
    if (nameOf(error) !== 'NoSuchEntityException') throw error;
    return wrong(`the role ${names.watchtower} is gone: the watchtower sees nothing`, deployAccess);
  }
}

/** Whether the stack in the other account is deployed, and its function finished a check. */
async function ownFindings(
  at: AccountRegion,
  span: Span,
  profiles: readonly DependencyProfile[],
): Promise<readonly Finding[]> {
  const { account, region } = at;
  const options = { region, ...credentialsFor(account, profiles) };
  if (!(await isOf(account, options))) {
    return [
      warning(
        `the stack in account ${account} was not checked: your credentials are of another account`,
        'to check it: npx --no -- trailkeeper doctor --dependency-profile NAME, a profile of that account',
      ),
    ];
  }
  try {
    const { Stacks: [stack] = [] } = await new CloudFormationClient(options).send(
      new DescribeStacksCommand({ StackName: names.watchtower }),
    );
    const { sum: checks } = await valuesOf(new CloudWatchClient(options), metricNames.checks, span);
    const what = `the watchtower finished ${counted(checks, 'check', 'checks')} in the last ${span.minutes} minutes`;
    return [
      ok(`the stack in account ${account} exists: ${stack?.StackStatus}`),
      checks > 0
        ? ok(what)
        : wrong(what, `check the log of the function ${names.watchtower} there, and its schedule`),
    ];
  } catch (error) {
    if (nameOf(error) !== 'ValidationError') throw error;
    return [wrong(`no watchtower in account ${account}: ${messageOf(error)}`, deployIt)];
  }
}

async function isOf(account: string, options: STSClientConfig): Promise<boolean> {
  const { Account } = await new STSClient(options).send(new GetCallerIdentityCommand());
  return Account === account;
}

const deployIt = 'npx --no -- trailkeeper deploy --watchtower';
const deployAccess = `deploy ${names.watchtowerAccess} again: npx --no -- trailkeeper deploy`;
