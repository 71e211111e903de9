// biome-ignore lint/suspicious/noExplicitAny: a template holds values of any shape
type Json = any;

/** The size of a value as CloudFormation will make it: whatever is known only at deployment counts as long as an ARN can be. */
export const sizeOf = (value: Json): number =>
  new TextEncoder().encode(JSON.stringify(resolved(value))).length;

function resolved(value: Json): Json {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value['Fn::Join'])) {
    const [separator, parts] = value['Fn::Join'];
    return parts.map((part: Json) => String(resolved(part))).join(separator);
  }
  const [[key = '', argument] = [], ...others] = Object.entries<Json>(value);
  if (others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'))) {
    return 'x'.repeat(pseudo[argument] ?? longestArn);
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolved(one)]));
}

/** The ARN of a resource of ours: its name has 64 characters at most, its Region 14. */
export const longestArn = 140;

/** The length of what CloudFormation puts in by itself. */
const pseudo: Readonly<Record<string, number>> = {
  'AWS::AccountId': 12,
  'AWS::Region': 14,
  'AWS::Partition': 10,
  'AWS::URLSuffix': 16,
  'AWS::StackName': 45,
};
