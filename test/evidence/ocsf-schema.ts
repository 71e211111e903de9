/**
 * The part of OCSF 1.5.0 that the findings use, as data: each attribute of an object with its type, and `!` if it is required. A
 * type is that of JSON, a list `[…]`, an enumeration of integers, or another object.
 * Source: https://schema.ocsf.io/1.5.0/classes/detection_finding and the objects that it names; the profile `cloud`.
 */
export const ocsf: Readonly<Record<string, ObjectSchema>> = {
  detection_finding: {
    attributes: {
      activity_id: '! 0 1 2 3 99',
      activity_name: 'string',
      category_uid: '! 2',
      category_name: 'string',
      class_uid: '! 2004',
      class_name: 'string',
      type_uid: '! 200400 200401 200402 200403 200499',
      type_name: 'string',
      severity_id: '! 0 1 2 3 4 5 6 99',
      severity: 'string',
      status_id: '0 1 2 3 4 5 99',
      status: 'string',
      time: '! integer',
      start_time: 'integer',
      end_time: 'integer',
      message: 'string',
      is_alert: 'boolean',
      metadata: '! metadata',
      cloud: '! cloud',
      finding_info: '! finding_info',
      evidences: '[evidences]',
      resources: '[resource_details]',
      remediation: 'remediation',
      unmapped: 'json',
    },
  },
  metadata: {
    attributes: {
      version: '! string',
      product: '! product',
      profiles: '[string]',
      uid: 'string',
    },
  },
  product: {
    attributes: { name: 'string', uid: 'string', vendor_name: 'string', version: 'string' },
    oneOf: ['name', 'uid'],
  },
  cloud: {
    attributes: {
      provider: '! string',
      region: 'string',
      cloud_partition: 'string',
      account: 'account',
    },
  },
  account: { attributes: { uid: 'string', name: 'string' }, oneOf: ['uid', 'name'] },
  finding_info: {
    attributes: {
      uid: '! string',
      title: 'string',
      desc: 'string',
      created_time: 'integer',
      modified_time: 'integer',
      first_seen_time: 'integer',
      last_seen_time: 'integer',
      types: '[string]',
      data_sources: '[string]',
      analytic: 'analytic',
    },
  },
  analytic: {
    attributes: {
      name: 'string',
      uid: 'string',
      type: 'string',
      type_id: '! 0 1 2 3 4 5 6 7 8 9 10 11 99',
    },
    oneOf: ['name', 'uid'],
  },
  evidences: {
    attributes: {
      name: 'string',
      uid: 'string',
      actor: 'actor',
      api: 'api',
      src_endpoint: 'network_endpoint',
      data: 'json',
    },
    oneOf: ['actor', 'api', 'src_endpoint', 'data'],
  },
  actor: {
    attributes: { user: 'user', session: 'session', invoked_by: 'string' },
    oneOf: ['user', 'session', 'invoked_by'],
  },
  user: {
    attributes: {
      name: 'string',
      uid: 'string',
      type: 'string',
      type_id: '0 1 2 3 99',
      account: 'account',
    },
    oneOf: ['account', 'name', 'uid'],
  },
  session: { attributes: { issuer: 'string', is_mfa: 'boolean' } },
  api: { attributes: { operation: '! string', request: 'request', response: 'response' } },
  request: { attributes: { uid: '! string' } },
  response: { attributes: { error: 'string', error_message: 'string' } },
  network_endpoint: { attributes: { ip: 'ip', svc_name: 'string' }, oneOf: ['ip', 'svc_name'] },
  resource_details: {
    attributes: {
      uid: 'string',
      name: 'string',
      type: 'string',
      region: 'string',
      cloud_partition: 'string',
      owner: 'user',
    },
    oneOf: ['name', 'uid'],
  },
  remediation: { attributes: { desc: '! string' } },
};

/** The caption of each value of an enumeration that the findings use, and the attribute that has it. */
const captions: Readonly<Record<string, readonly [string, Readonly<Record<number, string>>]>> = {
  activity_id: ['activity_name', { 1: 'Create', 2: 'Update', 3: 'Close' }],
  category_uid: ['category_name', { 2: 'Findings' }],
  class_uid: ['class_name', { 2004: 'Detection Finding' }],
  type_uid: [
    'type_name',
    {
      200401: 'Detection Finding: Create',
      200402: 'Detection Finding: Update',
      200403: 'Detection Finding: Close',
    },
  ],
  severity_id: ['severity', { 2: 'Low', 3: 'Medium', 4: 'High', 5: 'Critical' }],
  status_id: ['status', { 1: 'New', 2: 'In Progress', 4: 'Resolved' }],
};

type ObjectSchema = {
  readonly attributes: Readonly<Record<string, string>>;
  /** At least one of these is there. */
  readonly oneOf?: readonly string[];
};

/** What is wrong with a value, by the path to it; nothing if it has the schema. */
export function faultsOf(value: unknown, type: string, path = type): readonly string[] {
  const [item] = /(?<=^\[)\w+/.exec(type) ?? [];
  if (item !== undefined) {
    if (!Array.isArray(value)) return [`${path}: is no list`];
    return value.flatMap((one, i) => faultsOf(one, item, `${path}.${i}`));
  }
  if (/^\d/.test(type)) {
    return type.split(' ').includes(String(value)) && Number.isInteger(value)
      ? []
      : [`${path}: is ${value}, none of ${type}`];
  }
  const schema = ocsf[type];
  if (schema !== undefined) return faultsOfObject(value, schema, path);
  return scalars[type]?.(value) ? [] : [`${path}: is ${JSON.stringify(value)}, no ${type}`];
}

const scalars: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
  ip: (value) => typeof value === 'string' && /^[\d.]+$|:/.test(value),
  json: (value) => typeof value === 'object' && value !== null,
};

function faultsOfObject(
  value: unknown,
  { attributes, oneOf = [] }: ObjectSchema,
  path: string,
): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: is no object`];
  const required = Object.entries(attributes).flatMap(([name, type]) =>
    type.startsWith('!') && !Object.hasOwn(value, name) ? [`${path}.${name}: is missing`] : [],
  );
  const members = Object.entries(value).flatMap(([name, member]) => {
    const type = attributes[name];
    return type === undefined
      ? [`${path}.${name}: is no attribute`]
      : faultsOf(member, type.replace('! ', ''), `${path}.${name}`);
  });
  const named = Object.entries(captions).flatMap(([id, [name, texts]]) => {
    const caption = texts[Reflect.get(value, id)];
    const isNamed = caption === undefined || Reflect.get(value, name) === caption;
    return isNamed ? [] : [`${path}.${name}: is not ${caption}`];
  });
  const isOne = oneOf.length === 0 || oneOf.some((name) => Object.hasOwn(value, name));
  return [
    ...required,
    ...members,
    ...named,
    ...(isOne ? [] : [`${path}: has none of ${oneOf.join(', ')}`]),
  ];
}
