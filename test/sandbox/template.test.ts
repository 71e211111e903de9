import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deployTemplates } from '#sandbox/template.ts';
import { tempFolder } from '../support/temp-files.ts';

const place = { accountId: '111122223333', region: 'us-east-1' };

test('intrinsic functions are resolved for the account', async () => {
  const cdkOut = await synthesized({
    Resources: {
      Role: { Type: 'AWS::IAM::Role' },
      Thing: {
        Type: 'Test::Thing',
        Properties: {
          ref: { Ref: 'Role' },
          arn: { 'Fn::GetAtt': ['Role', 'Arn'] },
          joined: { 'Fn::Join': [':', ['a', { Ref: 'AWS::Region' }]] },
          substituted: { 'Fn::Sub': '$' + '{AWS::AccountId}-assets' },
          plain: [{ Version: '2012-10-17' }],
        },
      },
    },
    Outputs: { RoleName: { Value: { Ref: 'Role' } } },
  });

  const [stack] = deployTemplates(cdkOut, place);

  expect(stack?.resources[1]?.properties).toEqual({
    ref: 'App-Role',
    arn: 'arn:aws:iam::111122223333:role/App-Role',
    joined: 'a:us-east-1',
    substituted: '111122223333-assets',
    plain: [{ Version: '2012-10-17' }],
  });
  expect(stack?.outputs).toEqual({ RoleName: 'App-Role' });
});

// CloudFormation's message: "[/Metadata/Facts/reserved] 'null' values are not allowed in templates".
test('a template that contains null is refused', async () => {
  const cdkOut = await synthesized({ Metadata: { Facts: { reserved: null } }, Resources: {} });

  expect(() => deployTemplates(cdkOut, place)).toThrow(
    "App: [/Metadata/Facts/reserved] 'null' values are not allowed in templates",
  );
});

test.each([
  [{ 'Fn::Cidr': ['10.0.0.0/16', 1, 8] }, 'Fn::Cidr'],
  [{ Ref: 'Nothing' }, 'Nothing'],
  [{ 'Fn::GetAtt': ['Thing', 'Endpoint'] }, 'Thing.Endpoint'],
])('a template with %j, which is not modeled, is refused', async (value, named) => {
  const cdkOut = await synthesized({
    Resources: { Thing: { Type: 'Test::Thing', Properties: { value } } },
  });

  expect(() => deployTemplates(cdkOut, place)).toThrow(named);
});

async function synthesized(template: object): Promise<string> {
  const folder = await tempFolder();
  const app = { type: 'aws:cloudformation:stack', properties: { templateFile: 'app.json' } };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ artifacts: { App: app } }));
  await writeFile(join(folder, 'app.json'), JSON.stringify(template));
  return folder;
}
