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

// API reference, AdvancedFieldSelector. It keeps the last four fields of management events, and every
// source but kms and rdsdata, for event data stores. No refusal of them on a trail was found, and a
// guard has to stand up to whoever gets them through, so the sandbox takes them.
export const fieldsOf: Readonly<Record<Category, ReadonlyMap<string, Field>>> = {
  Management: new Map(
    Object.entries({
      eventCategory: exact,
      readOnly,
      eventSource: free,
      eventName: free,
      eventType: free,
      'userIdentity.arn': free,
      sessionCredentialFromConsole,
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
      'userIdentity.arn': free,
    }),
  ),
};
