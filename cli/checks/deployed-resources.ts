import { names } from '#aws/resource-names.ts';
import { type DeployedResources, diffDeployment } from '#deployment/deployed-resources.ts';
import { observeDeployment } from '#deployment/observe-deployment.ts';
import { accountRegionsOf, stackOf } from '#deployment/topology.ts';
import { counted } from '../terminal.ts';
import { type Check, noteworthy, ok, wrong } from './check.ts';

/** What stands between a call and its repair is as it was deployed. */
export const wiring: Check = {
  name: 'wiring',
  async run(_context, deployment) {
    const { layout, wiring: whole } = await deployment;
    const { ours, others } = byOwner(whole, layout.account);
    const { found, unreadable } = await observeDeployment(ours);
    return [
      ...parts.flatMap(({ part, words, remedy }) => {
        const faults = diffDeployment(ours, { ...ours, [part]: found[part] });
        if (faults.length > 0) return faults.map((fault) => wrong(fault, remedy));
        return [ok(`${counted(Object.keys(ours[part] ?? {}).length, ...words)} as deployed`)];
      }),
      ...unreadable.map((what) => wrong(what, 'docs/cli.md says which rights it takes')),
      ...others.map((account) => {
        const stacks = accountRegionsOf(layout).filter((place) => place.account === account);
        const commands = stacks.map((place) => `${detect} ${stackOf(place, layout)}`);
        return noteworthy(
          `not checked: the rules and the role in ${account}, which your credentials do not reach (${names.selfCheck} counts what lies in its queue). With credentials of that account: ${commands.join('; ')}`,
        );
      }),
    ];
  },
};

/** The queues of delegated administrators let one function of ours in, and no person. */
function byOwner(whole: DeployedResources, account: string) {
  const ownerOf = (arn: string) => arn.split(':')[4] ?? '';
  const arns = Object.keys(whole.undelivered);
  const own = arns.filter((arn) => ownerOf(arn) === account);
  const others = [...new Set(arns.map(ownerOf))].filter((owner) => owner !== account);
  const undelivered = Object.fromEntries(own.map((arn) => [arn, whole.undelivered[arn] ?? null]));
  return { ours: { ...whole, undelivered }, others };
}

/** By CloudFormation itself, where the guard's own account may look at nothing. */
const detect = 'aws cloudformation detect-stack-drift --stack-name';

const deploy =
  'if it was no deployment of yours: npx cdk diff, then npx cdk deploy --all --revert-drift';

const parts: readonly {
  readonly part: keyof DeployedResources;
  /** What one of it is called, in the singular and the plural. */
  readonly words: readonly [string, string];
  readonly remedy: string;
}[] = [
  { part: 'rules', words: ['rule', 'rules'], remedy: deploy },
  { part: 'functions', words: ['function', 'functions'], remedy: deploy },
  { part: 'mappings', words: ['stream', 'streams'], remedy: deploy },
  { part: 'schedules', words: ['schedule', 'schedules'], remedy: deploy },
  { part: 'roles', words: ['role', 'roles'], remedy: deploy },
  { part: 'bus', words: ['bus', 'buses'], remedy: deploy },
  {
    part: 'undelivered',
    words: ['queue of other Regions', 'queues of other Regions'],
    remedy: 'npx trailkeeper redrive --queue, with the output DeadLetterQueueUrl of the place',
  },
];
