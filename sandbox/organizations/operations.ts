import type { Service } from '../operation.ts';
import { describeOrganization, listAccounts } from './accounts.ts';
import {
  attachPolicy,
  createPolicy,
  detachPolicy,
  enablePolicyType,
  listRoots,
} from './control-policies.ts';
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
  onAllResources,
} from './service-access.ts';

/** The part of AWS Organizations that organization trails depend on. Permissions: Service Authorization Reference. */
export const organizations: Service = {
  DescribeOrganization: { needs: onAllResources, perform: describeOrganization },
  ListAccounts: { needs: onAllResources, perform: listAccounts },
  ListAWSServiceAccessForOrganization: { needs: onAllResources, perform: listServiceAccess },
  EnableAWSServiceAccess: { needs: forService, perform: enableServiceAccess },
  DisableAWSServiceAccess: { needs: forService, perform: disableServiceAccess },
  RegisterDelegatedAdministrator: { needs: onMember, perform: registerDelegatedAdministrator },
  DeregisterDelegatedAdministrator: { needs: onMember, perform: deregisterDelegatedAdministrator },
  ListDelegatedAdministrators: { needs: forService, perform: listDelegatedAdministrators },
  ListRoots: { needs: onAllResources, perform: listRoots },
  EnablePolicyType: { needs: onAllResources, perform: enablePolicyType },
  CreatePolicy: { needs: onAllResources, perform: createPolicy },
  AttachPolicy: { needs: onAllResources, perform: attachPolicy },
  DetachPolicy: { needs: onAllResources, perform: detachPolicy },
};
