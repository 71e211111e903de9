import { describe, expect, inject, test } from 'vitest';
import { bootstrapPolicies } from '#deployment/bootstrap-policies.ts';
import { isAllowed } from '#sandbox/iam.ts';
import { sessionOf } from '#sandbox/principal.ts';
import { mainTemplateIn } from './app.ts';

const { observe, everything } = inject('cdkOut');
const resources = (cdkOut: string, type: string) =>
  Object.values(mainTemplateIn(cdkOut).toJSON().Resources as Record<string, Resource>).filter(
    ({ Type }) => Type === type,
  );
type Resource = { readonly Type: string; readonly Properties: Record<string, unknown> };

test('without approvers in Slack nothing answers Slack', () => {
  expect(resources(observe, 'AWS::Lambda::Url')).toEqual([]);
  const names = resources(observe, 'AWS::Lambda::Function').map((one) => one.Properties);
  expect(names).not.toContainEqual(
    expect.objectContaining({ FunctionName: 'Trailkeeper-Interact' }),
  );
});

describe('with approvers in Slack', () => {
  test('one function has a URL, and everyone may invoke it by that URL only', () => {
    expect(resources(everything, 'AWS::Lambda::Url')).toMatchObject([
      { Properties: { AuthType: 'NONE' } },
    ]);
    const open = resources(everything, 'AWS::Lambda::Permission').filter(
      ({ Properties }) => Properties.Principal === '*',
    );
    expect(open.map(({ Properties }) => Properties)).toEqual([
      expect.objectContaining({
        Action: 'lambda:InvokeFunctionUrl',
        FunctionUrlAuthType: 'NONE',
      }),
      expect.objectContaining({ Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true }),
    ]);
  });

  test('the deployment may open that function to everyone, and no other', () => {
    const cfn = sessionOf('arn:aws:iam::111122223333:role/cfn-exec-role', 'CFN', '');
    const policies = new Map(Object.entries(bootstrapPolicies('aws')));
    const role = { policies, attached: [], boundary: null, trust: {} };
    const mayOpen = (name: string, action: string) =>
      isAllowed(
        { roles: new Map([[cfn.roleArn ?? '', role]]) },
        cfn,
        {
          action: `lambda:${action}`,
          resource: `arn:aws:lambda:us-east-1:111122223333:function:${name}`,
          context: { 'lambda:Principal': '*' },
        },
        { accountId: '111122223333', policy: null },
      );

    expect(mayOpen('Trailkeeper-Interact', 'AddPermission')).toBe(true);
    expect(mayOpen('Trailkeeper-Interact', 'CreateFunctionUrlConfig')).toBe(true);
    expect(mayOpen('Trailkeeper-Sweep', 'AddPermission')).toBe(false);
  });
});
