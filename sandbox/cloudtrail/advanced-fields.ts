import type { AdvancedFieldSelector } from '@aws-sdk/client-cloudtrail';

/**
 * The operators and values that a field of an advanced event selector accepts. A property that is left out means no
 * restriction.
 */
export type Field = {
  readonly operators?: readonly Operator[];
  readonly values?: readonly string[];
  readonly required?: boolean;
};

export type Operator = Exclude<keyof AdvancedFieldSelector, 'Field'>;

export type Category = 'Management' | 'Data' | 'NetworkActivity';

const free: Field = {};
const exact: Field = { operators: ['Equals'] };
const readOnly: Field = { ...exact, values: ['true', 'false'] };
const sessionCredentialFromConsole: Field = { operators: ['Equals', 'NotEquals'] };

type Fields = Readonly<Record<Category, ReadonlyMap<string, Field>>>;

/** The fields that the API reference documents for trails (AdvancedFieldSelector). */
const trailFields: Fields = {
  Management: new Map(
    Object.entries({
      eventCategory: exact,
      readOnly,
      eventSource: {
        operators: ['NotEquals'],
        values: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'],
      },
    }),
  ),
  Data: new Map(
    Object.entries({
      eventCategory: exact,
      readOnly,
      'resources.type': { ...exact, required: true },
      'resources.ARN': free,
      eventSource: free,
      eventName: free,
      eventType: free,
      'userIdentity.arn': free,
      sessionCredentialFromConsole,
    }),
  ),
  NetworkActivity: new Map(
    Object.entries({
      eventCategory: exact,
      eventSource: { ...exact, required: true },
      eventName: free,
      errorCode: { ...exact, values: ['VpceAccessDenied'] },
      vpcEndpointId: free,
    }),
  ),
};

/**
 * The fields including those that the API reference reserves for event data stores. It is not documented that AWS
 * refuses them on a trail, so trailkeeper must withstand an attacker who can use them.
 */
const lenientFields: Fields = {
  Management: new Map([
    ...trailFields.Management,
    ...Object.entries({
      eventSource: free,
      eventName: free,
      eventType: free,
      'userIdentity.arn': free,
      sessionCredentialFromConsole,
    }),
  ]),
  Data: trailFields.Data,
  NetworkActivity: new Map([...trailFields.NetworkActivity, ['userIdentity.arn', free]]),
};

export const fieldsFor = (lenient: boolean): Fields => (lenient ? lenientFields : trailFields);
