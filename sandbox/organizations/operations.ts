import type { Service } from '../operation.ts';
import { describeOrganization, listAccounts } from './accounts.ts';
import {
  deregisterDelegatedAdministrator,
  listDelegatedAdministrators,
  onMember,
  registerDelegatedAdministrator,
} from './delegated-administrators.ts';
import {
  disableServiceAccess,
  enableServiceAccess,
  forService,
  listServiceAccess,
  onEverything,
} from './service-access.ts';

/** The part of AWS Organizations that organization trails depend on. Permissions: Service Authorization Reference. */
export const organizations: Service = {
  DescribeOrganization: { needs: onEverything, perform: describeOrganization },
  ListAccounts: { needs: onEverything, perform: listAccounts },
  ListAWSServiceAccessForOrganization: { needs: onEverything, perform: listServiceAccess },
  EnableAWSServiceAccess: { needs: forService, perform: enableServiceAccess },
  DisableAWSServiceAccess: { needs: forService, perform: disableServiceAccess },
  RegisterDelegatedAdministrator: { needs: onMember, perform: registerDelegatedAdministrator },
  DeregisterDelegatedAdministrator: { needs: onMember, perform: deregisterDelegatedAdministrator },
  ListDelegatedAdministrators: { needs: forService, perform: listDelegatedAdministrators },
};
