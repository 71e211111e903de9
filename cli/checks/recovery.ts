import { LambdaClient } from '@aws-sdk/client-lambda';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { nameOf } from '#aws/errors.ts';
import { invoke } from '#aws/invoke.ts';
import { names } from '#aws/resource-names.ts';
import type { RecoverAccess } from '#recovery/check-access.ts';
import { readOrganization } from '../recovery/organization.ts';
import { type Deployment, type Outputs, output, outputsIfDeployed } from '../stack.ts';
import { counted } from '../terminal.ts';
import { type Check, type Finding, ok, warning, wrong } from './check.ts';

/** The function that recovers events can read the event history of every account, and its bucket. */
export const recovery: Check = {
  name: 'recovery',
  async run(_context, deployment) {
    const outputs = await outputsIfDeployed(names.recovery);
    if (outputs === null) {
      return [ok('not configured: what events a gap lost is reported, and not recovered')];
    }
    const { facts } = await deployment;
    try {
      return findingsOf(outputs, await askFunction(outputs, await accountsOf(facts), facts));
    } catch (error) {
      if (!nameOf(error).startsWith('AccessDenied')) throw error;
      return [
        warning(
          'what recovery can read was not checked: no permission',
          `give yourself organizations:ListAccounts, organizations:DescribeOrganization, and lambda:InvokeFunction on the function ${names.recover}`,
        ),
      ];
    }
  },
};

type Facts = Deployment['facts'];

async function accountsOf({ organization, topology }: Facts): Promise<readonly string[]> {
  if (organization === null) return [topology.account];
  return (await readOrganization(new OrganizationsClient())).accounts;
}

async function askFunction(
  outputs: Outputs,
  accounts: readonly string[],
  { topology }: Facts,
): Promise<RecoverAccess> {
  const name = output(outputs, 'RecoverFunctionName');
  const question = { task: 'check', accounts, region: topology.region };
  return (await invoke(new LambdaClient(), name, question)) as RecoverAccess;
}

function findingsOf(outputs: Outputs, { bucket, accounts }: RecoverAccess): readonly Finding[] {
  const place = `s3://${output(outputs, 'Bucket')}/${output(outputs, 'Prefix')}`;
  const readable = accounts.filter(({ problem }) => problem === null);
  const history = `event history of ${counted(readable.length, 'account', 'accounts')} can be read`;
  return [
    bucket === null
      ? ok(`events are recovered to ${place}`)
      : wrong(
          `events cannot be recovered to ${place}: ${bucket}`,
          `create the bucket, and allow the role ${names.recover} to list it, and to read and write objects`,
        ),
    ...(readable.length > 0 ? [ok(history)] : []),
    ...accounts.flatMap(({ account, problem }) =>
      problem === null
        ? []
        : [
            wrong(
              `event history of account ${account} cannot be read: ${problem}`,
              `deploy the role ${names.eventHistory} there: npx --no -- trailkeeper deploy --event-history-template FILE`,
            ),
          ],
    ),
  ];
}
