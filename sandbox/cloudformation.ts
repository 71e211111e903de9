import { arnPrefix } from './home.ts';
import { AwsError, type Call, type Service } from './service.ts';
import type { Stack } from './template.ts';
import type { World } from './world.ts';

/** AWS CloudFormation, as far as deployed stacks are described. */
export const cloudformation = (stacks: readonly Stack[]): Service => ({
  DescribeStacks: {
    needs: (call) => [{ action: 'cloudformation:DescribeStacks', resource: stackArn(call) }],
    perform(call, { stackStatus }) {
      const member = meant(stacks, call).map((stack) => described(stack, call, stackStatus));
      return { Stacks: { member } };
    },
  },
  GetTemplateSummary: {
    needs: (call) => [{ action: 'cloudformation:GetTemplateSummary', resource: stackArn(call) }],
    perform: (call) => ({ Metadata: JSON.stringify(meant(stacks, call)[0]?.metadata) }),
  },
});

function meant(stacks: readonly Stack[], call: Call): readonly Stack[] {
  const { StackName } = call.input;
  const found = stacks
    .filter(({ place }) => place.accountId === call.principal.accountId)
    .filter(({ place }) => place.region === call.region)
    .filter(({ name }) => StackName === undefined || StackName === name);
  if (StackName !== undefined && found.length === 0) {
    throw new AwsError('ValidationError', `Stack with id ${StackName} does not exist`);
  }
  return found;
}

const described = (
  { name, outputs }: Stack,
  call: Call,
  stackStatus: World['stackStatus'],
): object => ({
  StackId: stackArn(call),
  StackName: name,
  StackStatus: stackStatus.get(name) ?? 'CREATE_COMPLETE',
  CreationTime: call.at.toISOString(),
  Outputs: {
    member: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
  },
});

const stackArn = ({ region, principal, input }: Call): string =>
  `${arnPrefix}:cloudformation:${region}:${principal.accountId}:stack/${input.StackName ?? '*'}/sandbox`;
