import { accountOf } from '#aws/resource-names.ts';
import { diffDeployment } from '#deployment/deployed-resources.ts';
import { type DeployedResources, observeDeployment } from '#deployment/observe-deployment.ts';
import { accountRegionsOf, stackOf } from '#deployment/topology.ts';
import { counted } from '../terminal.ts';
import { type Check, ok, warning, wrong } from './check.ts';

/** The deployed resources are as they were deployed. */
export const deployedResources: Check = {
  name: 'deployment',
  async run(_context, deployment) {
    const { facts, resources } = await deployment;
    const { readable, otherAccounts } = byReadability(resources, facts.topology.account);
    const { observed, unreadable } = await observeDeployment(readable);
    return [
      ...types.flatMap(({ type, words, remedy }) => {
        const faults = diffDeployment(readable, { ...readable, [type]: observed[type] });
        if (faults.length > 0) return faults.map((fault) => wrong(fault, remedy));
        const count = Object.keys(readable[type]).length;
        return count === 0 && type === 'stateMachines'
          ? []
          : [ok(`${counted(count, ...words)} as deployed`)];
      }),
      ...unreadable.map((problem) =>
        wrong(problem, 'give yourself the permissions in docs/cli.md'),
      ),
      ...otherAccounts.map((account) => {
        const isOnlyOfDependencies = !facts.topology.delegatedAdministrators.includes(account);
        if (isOnlyOfDependencies) return warning(notChecked(account), deployAgain(account));
        const stacks = accountRegionsOf(facts.topology).filter((at) => at.account === account);
        const commands = stacks.map(
          (at) => `${detectDrift} ${stackOf(at, facts.topology)} --region ${at.region}`,
        );
        return warning(
          notChecked(account),
          `with credentials of ${account}: ${commands.join('; ')}`,
        );
      }),
    ];
  },
};

/** The queue of a delegated administrator allows only the self-check to count its messages. */
function byReadability(resources: DeployedResources, account: string) {
  const arns = Object.keys(resources.undelivered);
  const own = arns.filter((arn) => accountOf(arn) === account);
  const undelivered = Object.fromEntries(
    own.map((arn) => [arn, resources.undelivered[arn] ?? null]),
  );
  return {
    readable: { ...resources, undelivered },
    otherAccounts: [...new Set(arns.map(accountOf))].filter((owner) => owner !== account),
  };
}

const notChecked = (account: string): string =>
  `rules and role in account ${account} not checked: no permission`;

const deployAgain = (account: string): string =>
  `to be sure, with credentials of ${account}: npx --no -- trailkeeper deploy --dependencies ${account}; it also reverts what others changed`;

/** CloudFormation checks what the main account may not read. */
const detectDrift = 'aws cloudformation detect-stack-drift --stack-name';

const deploy =
  'if this was not your own deployment: npx cdk diff, then npx cdk deploy --all --revert-drift';

const types: readonly {
  readonly type: keyof DeployedResources;
  /** In the singular and the plural. */
  readonly words: readonly [string, string];
  readonly remedy: string;
}[] = [
  { type: 'rules', words: ['rule', 'rules'], remedy: deploy },
  { type: 'functions', words: ['function', 'functions'], remedy: deploy },
  { type: 'functionUrls', words: ['function URL', 'function URLs'], remedy: deploy },
  { type: 'mappings', words: ['event source mapping', 'event source mappings'], remedy: deploy },
  { type: 'schedules', words: ['schedule', 'schedules'], remedy: deploy },
  { type: 'roles', words: ['role', 'roles'], remedy: deploy },
  { type: 'stateMachines', words: ['state machine', 'state machines'], remedy: deploy },
  { type: 'buses', words: ['bus', 'buses'], remedy: deploy },
  {
    type: 'undelivered',
    words: ['dead-letter queue of a forwarder', 'dead-letter queues of forwarders'],
    remedy:
      'npx --no -- trailkeeper redrive --queue URL; URL is the output DeadLetterQueueUrl of the forwarder',
  },
];
