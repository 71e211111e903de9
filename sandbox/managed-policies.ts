import { arnPrefix } from './home.ts';
import { AwsError } from './service.ts';
import type { World } from './world.ts';

/** The document of a managed policy: of an account, or an AWS managed policy that the sandbox has. */
export function managedPolicy(arn: string, own: World['policies'] = new Map()): object {
  const { versions = [], defaultVersion = 0 } = own.get(arn) ?? {};
  const text = versions[defaultVersion - 1];
  const document = text ? (JSON.parse(text) as object) : documents[arn];
  if (document === undefined) {
    throw new AwsError('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`, 404);
  }
  return document;
}

const everything = (Effect: 'Allow' | 'Deny'): object => ({
  Version: '2012-10-17',
  Statement: [{ Effect, Action: '*', Resource: '*' }],
});

const reads = (service: string): object => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['Describe', 'Get', 'List'].map((verb) => `${service}:${verb}*`),
      Resource: '*',
    },
  ],
});

/** Source: AWS Managed Policy Reference Guide. */
const documents: Readonly<Record<string, object>> = {
  [`${arnPrefix}:iam::aws:policy/AdministratorAccess`]: everything('Allow'),
  [`${arnPrefix}:iam::aws:policy/AWSDenyAll`]: everything('Deny'),
  // Stands for the full list of read actions.
  [`${arnPrefix}:iam::aws:policy/ReadOnlyAccess`]: reads('*'),
  [`${arnPrefix}:iam::aws:policy/AWSCloudFormationReadOnlyAccess`]: reads('cloudformation'),
};
