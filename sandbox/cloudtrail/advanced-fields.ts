import type { AdvancedFieldSelector } from '@aws-sdk/client-cloudtrail';

/** Which operators and values a field of an advanced event selector takes; what is left out is free. */
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

/** The fields that the API reference, AdvancedFieldSelector, documents for trails. */
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
 * The fields with those that the API reference keeps for event data stores. No refusal of them on a trail was found, so
 * trailkeeper must withstand an attacker who gets them through.
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
