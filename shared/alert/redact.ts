import type { Json } from '#text/diff.ts';
import type { ApiCall } from '#trail/api-call.ts';

/** A stable stand-in for what is personal; the same for the same, and nobody can tell whose it is. */
export type Pseudonym = (text: string) => string;

/**
 * What is told without personal data: the names, ARNs and session names of principals, and IP addresses, are replaced by
 * pseudonyms wherever they stand, in a call, in what an attacker wrote into a selector, or in the message of an error.
 */
export function redacted<Told extends object>(told: Told, pseudonym: Pseudonym): Told {
  const stand = (kind: string, text: string) => `${kind}-${pseudonym(text)}`;
  const known = new Map<string, string>();
  for (const cause of causesIn(told as Json)) {
    const { principal, sourceIp } = cause;
    const { type, name, arn, issuer, issuerArn } = principal;
    if (type === 'AWSService') continue;
    const person = stand('principal', arn ?? name);
    for (const text of [arn, name, arn?.split('/').at(-1)]) if (text) known.set(text, person);
    const role = stand('role', issuerArn ?? issuer ?? '');
    for (const text of [issuerArn, issuer]) if (text) known.set(text, role);
    if (sourceIp !== null) known.set(sourceIp, stand('address', sourceIp));
  }
  // The longest first: a name may be part of an ARN.
  const names = [...known.keys()].filter((name) => !harmless.has(name));
  const longestFirst = names.toSorted((one, other) => other.length - one.length);
  const pattern = longestFirst.length === 0 ? null : wholeWords(longestFirst);

  return everyText(told as Json, (text, key) => {
    if (key === 'userAgent') return null;
    if (key === 'by' || key === 'askedBy') return stand('principal', text);
    const named =
      pattern === null ? text : text.replace(pattern, (name) => known.get(name) ?? name);
    return named
      .replace(principalArn, (arn) => stand('principal', arn))
      .replace(ipAddress, (address) => stand('address', address));
  }) as Told;
}

/** What names nobody. */
const harmless: ReadonlySet<string> = new Set(['root', 'somebody unknown']);

const principalArn =
  /arn:aws[a-z-]*:(?:iam|sts)::\d*:(?:user|role|assumed-role|federated-user)\/[^\s"',;)\]}]+/g;

const ipAddress =
  /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}|(?:[0-9a-fA-F]{1,4}:)+(?::[0-9a-fA-F]{1,4})+)(?![\w:]|\.\d)/g;

/** Any of the names, where it is no part of a longer word. */
const wholeWords = (names: readonly string[]): RegExp =>
  new RegExp(`(?<![\\w@.+=-])(?:${names.map(literal).join('|')})(?![\\w@+=-])`, 'g');

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** The calls that are told, wherever they stand. */
function causesIn(told: Json): readonly ApiCall[] {
  if (typeof told !== 'object' || told === null) return [];
  if (isCause(told)) return [told as unknown as ApiCall];
  return Object.values(told as Record<string, Json>).flatMap(causesIn);
}

const isCause = (value: object): boolean => 'principal' in value && 'eventName' in value;

/** A copy in which every text is replaced; the keys of trails and of what they are stay. */
function everyText(
  told: Json,
  replace: (text: string, key: string) => string | null,
  key = '',
  parent = '',
): Json {
  if (typeof told === 'string') return isKept(key, parent) ? told : replace(told, key);
  if (Array.isArray(told)) {
    return told.map((member: Json) => everyText(member, replace, key, parent));
  }
  if (typeof told !== 'object' || told === null) return told;
  const isPrincipal = key === 'principal';
  return Object.fromEntries(
    Object.entries(told).map(([name, member]) => [
      name,
      isPrincipal && name.toLowerCase().endsWith('arn')
        ? null
        : everyText(member, replace, name, key),
    ]),
  );
}

/** What keeps a repair back is told under the same key as who asked for a Hold. */
const isKept = (key: string, parent: string): boolean =>
  kept.has(key) || (key === 'by' && parent === 'withheld');

/** What is ours or AWS's own word, and is looked up by: whoever takes it for a name changes nothing of it. */
const kept: ReadonlySet<string> = new Set([
  'id',
  'trail',
  'status',
  'severity',
  'startedAt',
  'endedAt',
  'at',
  'eventId',
  'region',
  'kind',
  'action',
  'mode',
  'path',
  'treatment',
  'how',
  'type',
  'kinds',
  'eventName',
  'error',
  'code',
  'events',
  'gone',
]);
