import { arnPrefix } from './home.ts';
import { AwsError } from './service.ts';

/** The document of a managed policy of AWS, as far as the sandbox has them. */
export function managedPolicy(arn: string): object {
  const document = documents[arn];
  if (document === undefined) {
    throw new AwsError('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`, 404);
  }
  return document;
}

const everything = (Effect: 'Allow' | 'Deny'): object => ({
  Version: '2012-10-17',
  Statement: [{ Effect, Action: '*', Resource: '*' }],
});

/** Source: AWS Managed Policy Reference Guide. */
const documents: Readonly<Record<string, object>> = {
  [`${arnPrefix}:iam::aws:policy/AdministratorAccess`]: everything('Allow'),
  [`${arnPrefix}:iam::aws:policy/AWSDenyAll`]: everything('Deny'),
};
