/** CloudTrail, as Organizations and IAM name it. */
export const ServicePrincipal = 'cloudtrail.amazonaws.com';

/** CloudTrail's service-linked role, with which it manages organization trails. Source: CloudTrail User Guide, "Using service-linked roles for CloudTrail". */
export const RoleName = 'AWSServiceRoleForCloudTrail';

/** The role's path and name, as in an ARN after `:role/`. */
export const rolePath = `aws-service-role/${ServicePrincipal}/${RoleName}`;
