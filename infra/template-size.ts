// biome-ignore lint/suspicious/noExplicitAny: a template holds values of any shape
type Json = any;

/** The size of a value in bytes of JSON. A value that exists only after the deployment counts as the longest ARN. */
export const sizeOf = (value: Json): number =>
  new TextEncoder().encode(JSON.stringify(resolved(value))).length;

function resolved(value: Json): Json {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value['Fn::Join'])) {
    const [separator, parts] = value['Fn::Join'];
    return [parts]
      .flat()
      .map((part: Json) => String(resolved(part)))
      .join(separator);
  }
  const [[key = '', argument] = [], ...others] = Object.entries<Json>(value);
  if (others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'))) {
    return 'x'.repeat(pseudo[argument] ?? longestArn);
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolved(one)]));
}

/** In characters, for a name of at most 64 and a Region of at most 14 characters. */
export const longestArn = 140;

/** The lengths of pseudo parameters. */
const pseudo: Readonly<Record<string, number>> = {
  'AWS::AccountId': 12,
  'AWS::Region': 14,
  'AWS::Partition': 10,
  'AWS::URLSuffix': 16,
  'AWS::StackName': 45,
};
