import { parse } from 'yaml';
import type { AccountRegion } from './account-region.ts';
import { type DeployOptions, hasDrifted } from './deploy.ts';
import { arnPrefix } from './home.ts';
import type { Operation, Service } from './operation.ts';
import { AwsError, type Call } from './service.ts';
import type { Stack } from './stack.ts';
import { deployStack } from './template.ts';
import { withParameters } from './template-parameters.ts';
import type { ChangeSet, World } from './world.ts';

/** Creates or updates the resources of a stack. `before` is the stack as it was, or null. */
export type DeployResources = (
  stack: Stack,
  before: Stack | null,
  options: DeployOptions,
) => Promise<void>;

/**
 * AWS CloudFormation: stacks by template and by change set. A deployment is done when the call that starts it is answered. A stack that
 * no longer has a resource is refused, and the rights of the execution role are not checked. Of a deleted stack only the roles and rules
 * are deleted.
 */
export function cloudformation(deployResources: DeployResources): Service {
  const deploy = async (call: Call, world: World, given: ChangeSet): Promise<object> => {
    const place = placeOf(call);
    const before = world.stacks.get(stackArn(place, given.stackName)) ?? null;
    const template = withParameters(parse(given.template), given.parameters, place);
    const stack = { ...deployStack(given.stackName, template, '', place), source: given.template };
    refuseRemovals(before, stack);
    await deployResources(stack, before, given);
    const StackId = stackArn(place, stack.name);
    world.stacks.set(StackId, stack);
    world.stackStatus.set(stack.name, before === null ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE');
    return { StackId };
  };
  const operations: Readonly<Record<string, Operation['perform']>> = {
    DescribeStacks(call, { stackStatus, stacks }) {
      return {
        Stacks: { member: named(stacks, call).map((one) => described(one, call, stackStatus)) },
      };
    },
    GetTemplateSummary: (call, { stacks }) => ({
      Metadata: JSON.stringify(named(stacks, call)[0]?.metadata),
    }),
    GetTemplate: (call, { stacks }) => ({ TemplateBody: named(stacks, call)[0]?.source ?? '{}' }),
    DeleteStack(call, world) {
      const [stack] = named(world.stacks, call);
      if (stack === undefined) return {};
      world.stacks.delete(stackArn(placeOf(call), stack.name));
      world.stackStatus.delete(stack.name);
      for (const { arn } of stack.resources) {
        world.roles.delete(arn);
        world.rules.delete(arn);
      }
      return {};
    },
    DescribeStackEvents: () => ({ StackEvents: { member: [] } }),
    UpdateTerminationProtection: (call, { stacks, changeSets }) => {
      // A stack with a change set that is not executed is in review.
      const inReview = [...changeSets.values()].map(({ stackName }) => stackName);
      if (!inReview.includes(String(nameIn(call.input.StackName)))) named(stacks, call);
      return { StackId: stackArn(placeOf(call), String(call.input.StackName)) };
    },
    CreateStack(call, world) {
      const { StackName } = call.input;
      if (world.stacks.has(stackArn(placeOf(call), String(StackName)))) {
        throw new AwsError('AlreadyExistsException', `Stack [${StackName}] already exists`);
      }
      return deploy(call, world, changeSetIn(call, world));
    },
    UpdateStack(call, world) {
      const [before] = named(world.stacks, call);
      const given = changeSetIn(call, world);
      if (before?.source !== given.template) return deploy(call, world, given);
      throw new AwsError('ValidationError', 'No updates are to be performed.');
    },
    CreateChangeSet(call, world) {
      refuseRevertOfNew(call, world);
      const Id = changeSetArn(call);
      world.changeSets.set(Id, changeSetIn(call, world));
      return { Id, StackId: stackArn(placeOf(call), String(call.input.StackName)) };
    },
    DescribeChangeSet(call, world) {
      const changeSet = changeSetOf(call, world.changeSets);
      const { stackName } = changeSet;
      const named = {
        ChangeSetId: changeSetArn(call),
        StackName: stackName,
        StackId: stackArn(placeOf(call), stackName),
      };
      if (changesNothing(changeSet, world.stacks.get(named.StackId), world)) {
        return { ...named, ...noChanges };
      }
      return {
        ...named,
        Status: 'CREATE_COMPLETE',
        ExecutionStatus: 'AVAILABLE',
        Changes: { member: [{ Type: 'Resource', ResourceChange: { Action: 'Add' } }] },
      };
    },
    async ExecuteChangeSet(call, world) {
      await deploy(call, world, changeSetOf(call, world.changeSets));
      world.changeSets.delete(changeSetArn(call));
      return {};
    },
    DeleteChangeSet(call, { changeSets }) {
      changeSets.delete(changeSetArn(call));
      return {};
    },
  };
  return Object.fromEntries(
    Object.entries(operations).map(([name, perform]) => [
      name,
      {
        needs: (call) => [
          {
            action: `cloudformation:${name}`,
            resource: stackArn(placeOf(call), String(call.input.StackName ?? '*')),
          },
        ],
        perform,
      } satisfies Operation,
    ]),
  );
}

function named(stacks: World['stacks'], call: Call): readonly Stack[] {
  const { accountId, region } = placeOf(call);
  const name = nameIn(call.input.StackName);
  const found = [...stacks.values()]
    .filter(({ place }) => place.accountId === accountId && place.region === region)
    .filter((stack) => name === undefined || name === stack.name);
  if (name !== undefined && found.length === 0) {
    throw new AwsError('ValidationError', `Stack with id ${name} does not exist`);
  }
  return found;
}

/** A stack is named by its name or its ARN. */
const nameIn = (stack: unknown): string | undefined =>
  typeof stack === 'string' && stack.startsWith('arn:') ? stack.split('/')[1] : (stack as string);

function changeSetIn(call: Call, { objects }: World): ChangeSet {
  const { StackName, TemplateBody, TemplateURL } = call.input;
  const [, key = ''] = /^https?:\/\/[^/]+\/(.+)$/.exec(String(TemplateURL)) ?? [];
  const uploaded = [...objects].find(([path]) => path === key || path.endsWith(`/${key}`));
  const template = TemplateBody ?? uploaded?.[1].toString();
  if (template === undefined) throw new AwsError('ValidationError', 'S3 error: Access Denied');
  return {
    stackName: String(nameIn(StackName)),
    template: String(template),
    parameters: parametersIn(call.input),
    revertsDrift: call.input.DeploymentMode === 'REVERT_DRIFT',
    importsExisting: String(call.input.ImportExistingResources) === 'true',
  };
}

/** Of a drift-aware change set; the template is compared as text. */
const changesNothing = (
  { template, revertsDrift }: ChangeSet,
  before: Stack | undefined,
  world: World,
): boolean => before?.source === template && revertsDrift && !hasDrifted(before, world);

const noChanges = {
  Status: 'FAILED',
  StatusReason:
    "The submitted information didn't contain changes. Submit different information to create a change set.",
  ExecutionStatus: 'UNAVAILABLE',
  Changes: { member: [] },
};

/** Only an update reverts drift. Source: aws-cloudformation/cloudformation-languageserver, computeEligibleDeploymentMode. The error is an assumption. */
function refuseRevertOfNew(call: Call, { stacks }: World): void {
  const { StackName, DeploymentMode } = call.input;
  if (DeploymentMode !== 'REVERT_DRIFT') return;
  if (stacks.has(stackArn(placeOf(call), String(StackName)))) return;
  throw new AwsError('ValidationError', 'DeploymentMode REVERT_DRIFT needs a stack to update');
}

function changeSetOf(call: Call, changeSets: World['changeSets']): ChangeSet {
  const found = changeSets.get(changeSetArn(call));
  if (found !== undefined) return found;
  throw new AwsError('ChangeSetNotFound', `ChangeSet [${call.input.ChangeSetName}] does not exist`);
}

function parametersIn({ Parameters }: Call['input']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [Parameters || []].flat().map((one) => {
      const { ParameterKey, ParameterValue = '' } = Object(one);
      return [String(ParameterKey), String(ParameterValue)];
    }),
  );
}

function refuseRemovals(before: Stack | null, { name, resources }: Stack): void {
  const kept = new Set(resources.map(({ logicalId }) => logicalId));
  const removed = before?.resources.find(({ logicalId }) => !kept.has(logicalId));
  if (removed === undefined) return;
  throw new AwsError(
    'ValidationError',
    `the sandbox does not remove resources from a stack: ${name} no longer has ${removed.logicalId}`,
  );
}

const described = (
  { name, outputs, place }: Stack,
  call: Call,
  stackStatus: World['stackStatus'],
): object => ({
  StackId: stackArn(place, name),
  StackName: name,
  StackStatus: stackStatus.get(name) ?? 'CREATE_COMPLETE',
  CreationTime: call.at.toISOString(),
  Tags: { member: [] },
  Outputs: {
    member: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
  },
});

const placeOf = ({ principal: { accountId }, region }: Call): AccountRegion => ({
  accountId,
  region,
});

export const stackArn = ({ region, accountId }: AccountRegion, stack: string): string =>
  `${arnPrefix}:cloudformation:${region}:${accountId}:stack/${nameIn(stack)}/sandbox`;

function changeSetArn(call: Call): string {
  const { ChangeSetName } = call.input;
  const name = String(ChangeSetName);
  if (name.startsWith('arn:')) return name;
  const { region, accountId } = placeOf(call);
  return `${arnPrefix}:cloudformation:${region}:${accountId}:changeSet/${name}/${nameIn(call.input.StackName)}`;
}
