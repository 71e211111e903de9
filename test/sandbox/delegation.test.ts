import { describe, expect, test } from 'vitest';
import { emptyWorld, home, member, sandbox, sandboxWithTrail, stranger } from './world.ts';

// [M] (De)RegisterOrganizationDelegatedAdmin, UpdateTrail's IsOrganizationTrail; [D] CloudTrail User Guide,
// "Organization delegated administrator".

const arn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/main';
const register = 'RegisterOrganizationDelegatedAdmin';
const deregister = 'DeregisterOrganizationDelegatedAdmin';
const input = { MemberAccountId: member.accountId };
const output = { DelegatedAdminAccountId: member.accountId };

describe('a delegated administrator for CloudTrail', () => {
  const delegated = (input = {}) => {
    const made = sandboxWithTrail({ IsOrganizationTrail: true, ...input });
    made.ask(register, { MemberAccountId: member.accountId });
    return made;
  };

  test('changes, stops, starts and deletes the organization trail by its ARN', () => {
    const { ask, world } = delegated();

    ask('UpdateTrail', { Name: arn, S3KeyPrefix: 'new' }, member);
    ask('StartLogging', { Name: arn }, member);
    ask('StopLogging', { Name: arn }, member);
    const changed = world.trails.get(arn);
    ask('DeleteTrail', { Name: arn }, member);

    expect(changed).toMatchObject({ accountId: home.accountId, settings: { S3KeyPrefix: 'new' } });
    expect(world.trails.size).toBe(0);
  });

  test('can name a topic or key of the account that owns the trail', () => {
    const { ask } = delegated();

    const answer = ask(
      'UpdateTrail',
      { Name: arn, SnsTopicName: 'deliveries', KmsKeyId: 'alias/logs' },
      member,
    );

    expect(answer.SnsTopicARN).toBe('arn:aws:sns:eu-central-1:111122223333:deliveries');
    expect(answer.KmsKeyId).toContain(':111122223333:');
  });

  test('does not find the organization trail by its name', () => {
    const { refusal } = delegated();

    expect(refusal('StopLogging', { Name: 'main' }, member).code).toBe('TrailNotFoundException');
  });

  test('can write only in the home Region', () => {
    const { refusal } = delegated({ IsMultiRegionTrail: true });

    expect(refusal('StopLogging', { Name: arn }, { ...member, region: 'us-east-1' }).code).toBe(
      'InvalidHomeRegionException',
    );
  });

  test('creates organization trails that the management account owns', () => {
    const { ask } = delegated();
    const organization = { S3BucketName: 'the-logs', IsOrganizationTrail: true };

    const { TrailARN } = ask('CreateTrail', { Name: 'second', ...organization }, member);

    expect(TrailARN).toBe(arn.replace('main', 'second'));
    expect(ask('GetTrail', { Name: 'second' }).Trail?.IsOrganizationTrail).toBe(true);
  });

  test('cannot change account trails of the management account', () => {
    const { ask, refusal } = delegated();
    ask('CreateTrail', { Name: 'second', S3BucketName: 'the-logs' });

    expect(refusal('StopLogging', { Name: arn.replace('main', 'second') }, member).code).toBe(
      'CloudTrailARNInvalidException',
    );
  });
});

describe('CloudTrail refuses', () => {
  test('a fourth delegated administrator', () => {
    const members = ['1', '2', '3', '4'].map((digit) => digit.repeat(12));
    const world = emptyWorld();
    const { ask, refusal } = sandbox({
      ...world,
      organization: { ...world.organization, members },
    });
    for (const MemberAccountId of members.slice(0, 3)) ask(register, { MemberAccountId });

    expect(refusal(register, { MemberAccountId: members[3] }).code).toBe(
      'DelegatedAdminAccountLimitExceededException',
    );
  });

  test('to deregister an account that is not registered or not in the organization', () => {
    const { refusal } = sandbox();

    expect(refusal(deregister, output).code).toBe('AccountNotRegisteredException');
    expect(refusal(deregister, { DelegatedAdminAccountId: '999988887777' }).code).toBe(
      'AccountNotFoundException',
    );
  });

  test.each([
    ['a member', member, 'NotOrganizationManagementAccountException'],
    ['an outsider', stranger, 'OrganizationsNotInUseException'],
  ])('both to %s', (_case, at, code) => {
    const { refusal } = sandbox();

    expect(refusal(register, input, at).code).toBe(code);
    expect(refusal(deregister, output, at).code).toBe(code);
  });

  test('both, and an organization trail, without trusted access', () => {
    const { world, refusal } = sandboxWithTrail();
    world.organization.trustedServices.clear();
    const organization = { Name: 'other', S3BucketName: 'the-logs', IsOrganizationTrail: true };
    const code = 'CloudTrailAccessNotEnabledException';

    expect(refusal(register, input).code).toBe(code);
    expect(refusal('CreateTrail', organization).code).toBe(code);
    expect(refusal('UpdateTrail', { Name: 'main', IsOrganizationTrail: true }).code).toBe(code);
  });
});
