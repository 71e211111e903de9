import { describe, test } from 'vitest';
import { cloudtrail, context } from '../fixtures.ts';
import { refusal } from '../refusal.ts';

describe('a delegated administrator is refused [M: RegisterOrganizationDelegatedAdmin]', () => {
  test('if it is the management account', async () => {
    await refusal(
      cloudtrail.registerOrganizationDelegatedAdmin({ MemberAccountId: context.accountId }),
      'CannotDelegateManagementAccountException',
    );
  });

  test('if it is not in the organization', async () => {
    await refusal(
      cloudtrail.registerOrganizationDelegatedAdmin({ MemberAccountId: '123456789012' }),
      'AccountNotFoundException',
    );
  });
});
