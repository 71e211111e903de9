import {
  GetTrailCommand,
  RegisterOrganizationDelegatedAdminCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  DeregisterDelegatedAdministratorCommand,
  DescribeOrganizationCommand,
  DisableAWSServiceAccessCommand,
  EnableAWSServiceAccessCommand,
  ListAccountsCommand,
  ListAWSServiceAccessForOrganizationCommand,
  ListDelegatedAdministratorsCommand,
  OrganizationsClient,
  paginateListAccounts,
  RegisterDelegatedAdministratorCommand,
} from '@aws-sdk/client-organizations';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { envelopeOf } from '#sandbox/cloudtrail/record.ts';
import { authorize } from '#sandbox/iam.ts';
import { organizations } from '#sandbox/organizations/operations.ts';
import type { Call } from '#sandbox/service.ts';
import { testAccount } from '../support/account.ts';
import { emptyWorld } from './world.ts';

// [M] the operations' documentation; [D] Service Authorization Reference; [I] tse-se#13.

const ServicePrincipal = 'cloudtrail.amazonaws.com';
const AccountId = '333344445555';
/** A delegated administrator for CloudTrail from the start. */
const delegate = '222233334444';

const account = testAccount();
let management: OrganizationsClient;
let member: OrganizationsClient;
let stranger: OrganizationsClient;

beforeAll(async () => {
  management = clientOf('111122223333');
  member = clientOf(AccountId);
  stranger = clientOf('999988887777');
});
afterEach(async () => {
  await account.reset();
  account.deliver({ drop: true });
});

describe('the organization', () => {
  test('is described to its accounts', async () => {
    const { Organization } = await management.send(new DescribeOrganizationCommand());

    expect(Organization).toMatchObject({ MasterAccountId: '111122223333', FeatureSet: 'ALL' });
    expect(await member.send(new DescribeOrganizationCommand())).toMatchObject({ Organization });
  });

  test('is not found from an account outside', async () => {
    const refused = { name: 'AWSOrganizationsNotInUseException' };

    await expect(stranger.send(new DescribeOrganizationCommand())).rejects.toMatchObject(refused);
    await expect(stranger.send(new ListAccountsCommand())).rejects.toMatchObject(refused);
  });

  test('lists its accounts in pages', async () => {
    const pages: unknown[] = [];
    for await (const page of paginateListAccounts({ client: management, pageSize: 2 }, {})) {
      pages.push(page.Accounts?.map(({ Id }) => Id));
    }

    expect(pages).toEqual([['111122223333', '222233334444'], ['333344445555']]);
  });
});

describe('a member account', () => {
  test.each([
    new ListAccountsCommand(),
    new ListAWSServiceAccessForOrganizationCommand(),
    new ListDelegatedAdministratorsCommand(),
    new EnableAWSServiceAccessCommand({ ServicePrincipal }),
    new DisableAWSServiceAccessCommand({ ServicePrincipal }),
    new RegisterDelegatedAdministratorCommand({ AccountId, ServicePrincipal }),
    new DeregisterDelegatedAdministratorCommand({ AccountId, ServicePrincipal }),
  ])('cannot call operations of the management account', async (command) => {
    await expect(member.send(command as never)).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  test('can only read as a delegated administrator', async () => {
    await management.send(
      new RegisterDelegatedAdministratorCommand({ AccountId, ServicePrincipal }),
    );

    expect((await member.send(new ListAccountsCommand())).Accounts).toHaveLength(3);
    await expect(
      member.send(new DisableAWSServiceAccessCommand({ ServicePrincipal })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('trusted access', () => {
  test('is listed in pages', async () => {
    await management.send(
      new EnableAWSServiceAccessCommand({ ServicePrincipal: 'config.amazonaws.com' }),
    );
    const first = await management.send(
      new ListAWSServiceAccessForOrganizationCommand({ MaxResults: 1 }),
    );
    const second = await management.send(
      new ListAWSServiceAccessForOrganizationCommand({ NextToken: first.NextToken }),
    );

    expect(first.EnabledServicePrincipals).toHaveLength(1);
    expect(second.EnabledServicePrincipals).toMatchObject([
      { ServicePrincipal: 'config.amazonaws.com' },
    ]);
  });

  test('disabled for CloudTrail makes account trails, and records only that call', async () => {
    const start = account.calls.length;
    await management.send(new DisableAWSServiceAccessCommand({ ServicePrincipal }));

    const { Trail } = await account.outsider.send(new GetTrailCommand({ Name: account.trail }));

    expect(Trail?.IsOrganizationTrail).toBe(false);
    expect(account.calls.slice(start).map(({ operation }) => operation)).toEqual([
      'DisableAWSServiceAccess',
      'GetTrail',
    ]);
  });

  test('disabled for another service does not change the trail', async () => {
    const before = await account.auditTrail();

    await management.send(
      new DisableAWSServiceAccessCommand({ ServicePrincipal: 'config.amazonaws.com' }),
    );

    expect(await account.auditTrail()).toEqual(before);
  });
});

describe('delegated administrators', () => {
  test('are the same list in CloudTrail and Organizations', async () => {
    const root = account.clientOf('111122223333');
    await root.send(new RegisterOrganizationDelegatedAdminCommand({ MemberAccountId: AccountId }));
    const during = await administrators();
    await management.send(
      new DeregisterDelegatedAdministratorCommand({ AccountId, ServicePrincipal }),
    );

    expect(during).toEqual([delegate, AccountId]);
    expect(await administrators()).toEqual([delegate]);
  });

  test('are listed by service, or each account once', async () => {
    const config = 'config.amazonaws.com';
    await management.send(new EnableAWSServiceAccessCommand({ ServicePrincipal: config }));
    for (const service of [ServicePrincipal, config]) {
      await management.send(
        new RegisterDelegatedAdministratorCommand({ AccountId, ServicePrincipal: service }),
      );
    }
    const { DelegatedAdministrators: all } = await management.send(
      new ListDelegatedAdministratorsCommand(),
    );

    expect(all).toMatchObject([
      { Id: delegate },
      { Id: AccountId, DelegationEnabledDate: expect.any(Date) },
    ]);
    expect(await administrators('sso.amazonaws.com')).toEqual([]);
  });

  test.each([
    ['the management account', '111122223333', ServicePrincipal, 'ConstraintViolationException'],
    [
      'for a service without trusted access',
      AccountId,
      'x.amazonaws.com',
      'ConstraintViolationException',
    ],
    [
      'an account outside the organization',
      '999988887777',
      ServicePrincipal,
      'AccountNotFoundException',
    ],
    ['for an invalid service principal', AccountId, '', 'InvalidInputException'],
  ])('cannot be %s', async (_case, id, service, name) => {
    const input = { AccountId: id, ServicePrincipal: service };

    await expect(
      management.send(new RegisterDelegatedAdministratorCommand(input)),
    ).rejects.toMatchObject({ name });
  });

  test('cannot be registered or deregistered twice', async () => {
    const input = { AccountId, ServicePrincipal };
    const register = () => management.send(new RegisterDelegatedAdministratorCommand(input));
    const deregister = () => management.send(new DeregisterDelegatedAdministratorCommand(input));

    await register();
    await expect(register()).rejects.toMatchObject({ name: 'AccountAlreadyRegisteredException' });
    await deregister();
    await expect(deregister()).rejects.toMatchObject({ name: 'AccountNotRegisteredException' });
  });

  test('are recorded only in their own account when they write', async () => {
    const input = { AccountId, ServicePrincipal };
    await management.send(new RegisterDelegatedAdministratorCommand(input));
    account.deliver({ drop: false });
    const known = account.invocations.length;

    const delegate = account.clientOf(AccountId);
    await delegate.send(new StopLoggingCommand({ Name: account.trail }));
    await account.settled();

    expect(account.invocations).toHaveLength(known);
    expect(await account.auditTrail()).toMatchObject({ IsLogging: false });
  });
});

describe('a change of the organization', () => {
  test('is recorded in us-east-1, whatever Region was called', async () => {
    const elsewhere = clientOf('111122223333', 'eu-central-1');

    await elsewhere.send(new DisableAWSServiceAccessCommand({ ServicePrincipal }));

    const [record] = await account.recordsIn('111122223333', 'DisableAWSServiceAccess');
    expect(record).toMatchObject({
      eventSource: 'organizations.amazonaws.com',
      awsRegion: 'us-east-1',
      recipientAccountId: '111122223333',
      requestParameters: { servicePrincipal: ServicePrincipal },
      responseElements: null,
    });
    expect(envelopeOf(record)).toMatchObject({
      source: 'aws.organizations',
      region: 'us-east-1',
    });
  });
});

describe('permission to change trusted access', () => {
  const role = 'arn:aws:iam::111122223333:role/protect';
  const world = emptyWorld();
  const mayEnable = (service: string): Promise<boolean> => {
    const call: Call = {
      principal: {
        type: 'AssumedRole',
        arn: 'arn:aws:sts::111122223333:assumed-role/protect/session',
        accountId: '111122223333',
        accessKeyId: 'key',
        roleArn: role,
      },
      region: 'us-east-1',
      service: 'organizations',
      operation: 'EnableAWSServiceAccess',
      input: { ServicePrincipal: service },
      userAgent: 'test',
      requestId: 'a-request',
      at: new Date(0),
    };
    const statement = {
      Effect: 'Allow',
      Action: 'organizations:EnableAWSServiceAccess',
      Resource: '*',
      Condition: { StringEquals: { 'organizations:ServicePrincipal': ServicePrincipal } },
    };
    const policies = new Map([['p', { Version: '2012-10-17', Statement: [statement] }]]);
    const roles = new Map([[role, { policies, attached: [], boundary: null, trust: {} }]]);
    const needs = organizations.EnableAWSServiceAccess?.needs(call, world) ?? [];
    return authorize({ roles }, call.principal, needs).then(
      () => true,
      () => false,
    );
  };

  test('can be restricted to one service', async () => {
    expect(await mayEnable(ServicePrincipal)).toBe(true);
    expect(await mayEnable('config.amazonaws.com')).toBe(false);
  });
});

function clientOf(accessKeyId: string, region?: string): OrganizationsClient {
  return new OrganizationsClient(account.configOf(accessKeyId, region));
}

async function administrators(service = ServicePrincipal): Promise<unknown> {
  const { DelegatedAdministrators = [] } = await management.send(
    new ListDelegatedAdministratorsCommand({ ServicePrincipal: service }),
  );
  return DelegatedAdministrators.map(({ Id }) => Id);
}
