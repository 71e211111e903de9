import { describe, expect, test } from 'vitest';
import { authorize } from '#sandbox/iam.ts';
import { sessionOf } from '#sandbox/principal.ts';
import type { Need } from '#sandbox/service.ts';
import { member, sandbox, sandboxWithTrail } from './world.ts';

// The permissions that a call to CloudTrail needs: the conformance suite runs as an administrator. [D] CloudTrail User Guide, [M] the
// API model and reference, [I] public issue threads, [U] not verified.

const arn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/main';
const logRole = 'arn:aws:iam::111122223333:role/logs';
const organizationTrail = { IsOrganizationTrail: true, IsMultiRegionTrail: true };

// [D] Service Authorization Reference: the resource that each action is checked on.
describe('a call needs', () => {
  test.each([
    ['CreateTrail', { Name: 'main' }],
    ['UpdateTrail', { Name: 'main' }],
    ['DeleteTrail', { Name: arn }],
    ['StartLogging', { Name: 'main' }],
    ['StopLogging', { Name: arn }],
    ['GetTrail', { Name: 'main' }],
    ['GetTrailStatus', { Name: 'main' }],
    ['GetEventSelectors', { TrailName: 'main' }],
    ['GetInsightSelectors', { TrailName: arn }],
    ['GetEventConfiguration', { TrailName: 'main' }],
    ['ListTags', { ResourceIdList: [arn] }],
    ['PutEventSelectors', { TrailName: 'main' }],
    ['PutInsightSelectors', { TrailName: arn }],
    ['PutEventConfiguration', { TrailName: 'main' }],
    ['AddTags', { ResourceId: arn }],
    ['RemoveTags', { ResourceId: arn }],
  ] as const)('its own action on the trail: %s', (operation, input) => {
    const { needs } = sandbox();

    expect(needs(operation, input)).toStrictEqual([
      { action: `cloudtrail:${operation}`, resource: arn },
    ]);
  });

  test.each(['DescribeTrails', 'ListTrails'] as const)(
    'its own action on all resources: %s',
    (operation) => {
      const { needs } = sandbox();

      expect(needs(operation)).toStrictEqual([
        { action: `cloudtrail:${operation}`, resource: '*' },
      ]);
    },
  );

  test('permission for a name in the caller’s account and Region', () => {
    const { needs } = sandbox();

    expect(
      needs('StopLogging', { Name: 'main' }, { ...member, region: 'us-east-1' }),
    ).toStrictEqual([
      {
        action: 'cloudtrail:StopLogging',
        resource: 'arn:aws:cloudtrail:us-east-1:222233334444:trail/main',
      },
    ]);
  });

  test('permission before its input is validated', () => {
    const { needs } = sandbox();

    expect(needs('ListTags')).toStrictEqual([]);
    expect(needs('GetTrail', {})).toHaveLength(1);
  });

  // [D] "Granting permission to pass a role to CloudTrail"
  test.each(['CreateTrail', 'UpdateTrail'] as const)(
    'to pass the role that it sends: %s',
    (operation) => {
      const { needs } = sandbox();

      expect(needs(operation, { Name: 'main', CloudWatchLogsRoleArn: logRole })).toContainEqual({
        action: 'iam:PassRole',
        resource: logRole,
        context: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' },
      });
      expect(needs(operation, { Name: 'main', CloudWatchLogsRoleArn: '' })).toHaveLength(1);
    },
  );

  // [D] "Prepare for creating a trail for your organization"
  describe('to read the organization', () => {
    const rights = ({ action, resource }: Need) => [action, resource];
    const rightsFor = (made: ReturnType<typeof sandbox>, ...asked: Parameters<typeof made.needs>) =>
      made
        .needs(...asked)
        .slice(1)
        .map(rights);
    const organization = [
      ['organizations:DescribeOrganization', '*'],
      ['organizations:ListAWSServiceAccessForOrganization', '*'],
    ];
    const listAccounts = ['organizations:ListAccounts', '*'];
    const serviceRole = [
      'iam:GetRole',
      'arn:aws:iam::111122223333:role/aws-service-role/cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail',
    ];

    test('if it creates an organization trail', () => {
      const made = sandboxWithTrail();
      const input = { Name: 'main', IsOrganizationTrail: true };

      const expected = [...organization, listAccounts, serviceRole];
      expect(rightsFor(made, 'CreateTrail', input)).toStrictEqual(expected);
      expect(rightsFor(made, 'UpdateTrail', input)).toStrictEqual(expected);
    });

    test('and to create the service-linked role, if it creates the first organization trail', () => {
      const made = sandboxWithTrail();
      made.world.roles.clear();

      const needs = made.needs('CreateTrail', { Name: 'main', IsOrganizationTrail: true });

      expect(needs.at(-1)).toMatchObject({
        action: 'iam:CreateServiceLinkedRole',
        resource: serviceRole[1],
        context: { 'iam:AWSServiceName': 'cloudtrail.amazonaws.com' },
      });
    });

    test('if it updates an organization trail', () => {
      const made = sandboxWithTrail(organizationTrail);

      expect(rightsFor(made, 'UpdateTrail', { Name: arn })).toStrictEqual([
        ...organization,
        listAccounts,
        serviceRole,
      ]);
    });

    // [M] Their errors include InsufficientDependencyServiceAccessPermissionException; [U] the required permissions.
    test.each([
      ['StartLogging', { Name: 'main' }],
      ['StopLogging', { Name: arn }],
      ['DeleteTrail', { Name: 'main' }],
      ['PutEventSelectors', { TrailName: 'main' }],
      ['PutEventConfiguration', { TrailName: arn }],
    ] as const)('if it changes an organization trail otherwise: %s', (operation, input) => {
      expect(rightsFor(sandboxWithTrail(organizationTrail), operation, input)).toStrictEqual(
        organization,
      );
      expect(rightsFor(sandboxWithTrail(), operation, input)).toStrictEqual([]);
    });

    // [I] Message: natsukium/dotfiles#716.
    test('and fails with InsufficientDependencyServiceAccessPermissionException otherwise', async () => {
      const { world, needs } = sandboxWithTrail(organizationTrail);
      const roleArn = 'arn:aws:iam::111122223333:role/operator';
      world.roles.set(roleArn, {
        policies: new Map([
          [
            'CloudTrail',
            {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Action: 'cloudtrail:*', Resource: '*' }],
            },
          ],
        ]),
        attached: [],
        boundary: null,
        trust: {},
      });
      const operator = sessionOf(roleArn, 'night', 'an-access-key');

      await expect(
        authorize(world, operator, needs('StopLogging', { Name: 'main' })),
      ).rejects.toMatchObject({
        code: 'InsufficientDependencyServiceAccessPermissionException',
        message:
          'AWS CloudTrail cannot create resources for your organization because access to one or more required APIs has been denied.',
      });
    });

    test('but not if it updates an account trail', () => {
      const { needs } = sandboxWithTrail(organizationTrail);

      expect(needs('UpdateTrail', { Name: arn, IsOrganizationTrail: false })).toHaveLength(1);
    });
  });
});

// [D] "Required permissions to assign a delegated administrator".
test('registering needs permission to register with Organizations, for CloudTrail', () => {
  const { needs } = sandbox();
  const operation = 'RegisterOrganizationDelegatedAdmin';

  expect(needs(operation, { MemberAccountId: member.accountId })).toStrictEqual([
    { action: 'cloudtrail:RegisterOrganizationDelegatedAdmin', resource: '*' },
    {
      action: 'organizations:RegisterDelegatedAdministrator',
      resource: 'arn:aws:organizations::111122223333:account/o-exampleorgid/222233334444',
      context: { 'organizations:ServicePrincipal': 'cloudtrail.amazonaws.com' },
    },
    { action: 'organizations:ListAWSServiceAccessForOrganization', resource: '*' },
    {
      action: 'iam:GetRole',
      resource:
        'arn:aws:iam::111122223333:role/aws-service-role/cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail',
    },
  ]);
});
