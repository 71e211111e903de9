import { describe, expect, test } from 'vitest';
import { matchesPattern, validatePattern } from '#sandbox/event-pattern.ts';

type Case = readonly [fact: string, pattern: unknown, event: unknown];

// Source: user guide, "Comparison operators for use in event patterns" (unless noted).
const matching: readonly Case[] = [
  ['a string is matched by itself', { source: ['aws.kms'] }, { source: 'aws.kms' }],
  ['a value is matched by any alternative', { region: ['a', 'b'] }, { region: 'b' }],
  ['a number is matched by itself', { bytes: [12.5] }, { bytes: 12.5 }],
  ['a number is matched however it is written', { bytes: [1200] }, JSON.parse('{"bytes":1.2e3}')],
  ['a number beyond the range of numeric is matched', { id: [111122223333] }, { id: 111122223333 }],
  ['false is matched by itself', { readOnly: [false] }, { readOnly: false }],
  ['null is matched by itself', { error: [null] }, { error: null }],
  ['the empty string is matched by itself', { error: [''] }, { error: '' }],
  ['fields that the pattern does not name are ignored', { a: ['x'] }, { a: 'x', b: 'y' }],
  ['a field is found within objects', { a: { b: { c: ['x'] } } }, { a: { b: { c: 'x' } } }],
  ['fields of two branches are matched together', { a: { b: [1] }, c: [2] }, { a: { b: 1 }, c: 2 }],
  ['a dot in a name means a nested field', { 'a.b': ['x'] }, { a: { b: 'x' } }],
  ['a nested field can be written with a dot', { a: { b: ['x'] } }, { 'a.b': 'x' }],

  ['one element of a list is enough', { arns: ['r2', 'r3'] }, { arns: ['r1', 'r2'] }],
  ['a nested list is searched', { arns: ['r2'] }, { arns: [['r1'], ['r2']] }],
  ['an object in a list is searched', { tags: { k: ['b'] } }, { tags: [{ k: 'a' }, { k: 'b' }] }],
  [
    'a list in an object in a list is searched',
    { a: { b: ['y'] } },
    { a: [{ b: 'x' }, { b: ['z', 'y'] }] },
  ],
  [
    'fields of one element are matched together',
    { tags: { k: ['a'], v: ['2'] } },
    {
      tags: [
        { k: 'a', v: '1' },
        { k: 'a', v: '2' },
      ],
    },
  ],
  [
    'elements of two lists are matched independently',
    { a: { x: [1] }, b: { x: [2] } },
    { a: [{ x: 1 }, { x: 9 }], b: [{ x: 9 }, { x: 2 }] },
  ],
  [
    'values of one list within one element are matched',
    { a: { b: { c: [1], d: [2] } } },
    { a: [{ b: [{ c: 1 }] }, { b: [{ c: 0 }, { c: 1, d: 2 }] }] },
  ],
  [
    'a field can be absent from the element that the other fields are in',
    { tags: { k: ['a'], v: [{ exists: false }] } },
    { tags: [{ k: 'a' }, { k: 'b', v: '1' }] },
  ],

  ['prefix matches a beginning', { time: [{ prefix: '2026-' }] }, { time: '2026-03-01' }],
  ['prefix matches the whole', { time: [{ prefix: '2026' }] }, { time: '2026' }],
  ['an empty prefix matches any string', { a: [{ prefix: '' }] }, { a: 'x' }],
  [
    'prefix can ignore case',
    { name: [{ prefix: { 'equals-ignore-case': 'DELETE' } }] },
    { name: 'DeleteTrail' },
  ],
  ['suffix matches an end', { name: [{ suffix: 'Logging' }] }, { name: 'StopLogging' }],
  [
    'suffix can ignore case',
    { file: [{ suffix: { 'equals-ignore-case': '.Json' } }] },
    { file: 'LOG.JSON' },
  ],
  [
    'equals-ignore-case matches in any case',
    { name: [{ 'equals-ignore-case': 'stoplogging' }] },
    { name: 'StopLogging' },
  ],
  [
    'exactly, which Event Ruler supports, matches the string',
    { a: [{ exactly: 'x' }] },
    { a: 'x' },
  ],

  ['a star stands for any characters', { a: [{ wildcard: 'log/*.gz' }] }, { a: 'log/2026/1.gz' }],
  ['a star stands for none', { a: [{ wildcard: 'ab*' }] }, { a: 'ab' }],
  ['a star at the start matches anything', { a: [{ wildcard: '*Trail' }] }, { a: 'UpdateTrail' }],
  ['many stars match in order', { a: [{ wildcard: '*a*b*c' }] }, { a: '1a2b3b4c' }],
  ['a star matches line breaks', { a: [{ wildcard: 'a*c' }] }, { a: 'a\n\nc' }],
  ['a line break matches itself', { a: [{ wildcard: 'a\nb*' }] }, { a: 'a\nb' }],
  ['a later repetition can be the end', { a: [{ wildcard: 'a*bc' }] }, { a: 'abcbc' }],
  ['an escaped star is a star', { a: [{ wildcard: 'a\\*c' }] }, { a: 'a*c' }],
  ['an escaped backslash is a backslash', { a: [{ wildcard: 'a\\\\*' }] }, { a: 'a\\b' }],
  ['a star can follow an escaped star', { a: [{ wildcard: 'a\\**' }] }, { a: 'a*b' }],
  ['a wildcard without star matches itself', { a: [{ wildcard: 'a.c' }] }, { a: 'a.c' }],

  ['anything-but matches another string', { a: [{ 'anything-but': 'x' }] }, { a: 'xx' }],
  ['anything-but a number matches another', { a: [{ 'anything-but': 5 }] }, { a: 6 }],
  [
    'anything-but a list matches values outside the list',
    { a: [{ 'anything-but': ['x', 'y'] }] },
    { a: 'z' },
  ],
  // Recorded from AWS in localstack's test_events_patterns.snapshot.json, like the next two cases.
  ['anything-but a string matches null', { a: [{ 'anything-but': 'x' }] }, { a: null }],
  [
    'anything-but a prefix matches a number',
    { a: [{ 'anything-but': { prefix: 'x' } }] },
    { a: 1 },
  ],
  [
    'anything-but a wildcard matches null',
    { a: [{ 'anything-but': { wildcard: '*' } }] },
    { a: null },
  ],
  ['anything-but a number matches the string of it', { a: [{ 'anything-but': 5 }] }, { a: '5' }],
  [
    'anything-but matches a list with something else',
    { a: [{ 'anything-but': 'x' }] },
    { a: ['x', 'y'] },
  ],
  [
    'anything-but a prefix matches another start',
    { a: [{ 'anything-but': { prefix: 'ab' } }] },
    { a: 'ba' },
  ],
  [
    'anything-but a suffix matches another end',
    { a: [{ 'anything-but': { suffix: 'ab' } }] },
    { a: 'ba' },
  ],
  [
    'anything-but ignoring case matches another word',
    { a: [{ 'anything-but': { 'equals-ignore-case': ['Put', 'get'] } }] },
    { a: 'puts' },
  ],
  [
    'anything-but a wildcard matches strings that do not match it',
    { a: [{ 'anything-but': { wildcard: 'a*c' } }] },
    { a: 'ab' },
  ],

  ['exists: true matches a value', { a: [{ exists: true }] }, { a: 0 }],
  ['exists: true matches null', { a: [{ exists: true }] }, { a: null }],
  [
    'exists: true matches within a list',
    { a: { b: [{ exists: true }] } },
    { a: [{ c: 1 }, { b: 1 }] },
  ],
  ['exists: false matches if the field is missing', { a: [{ exists: false }] }, { b: 1 }],
  ['exists: false matches if its parent is missing', { a: { b: [{ exists: false }] } }, { c: 1 }],
  ['exists: false matches if its parent is null', { a: { b: [{ exists: false }] } }, { a: null }],
  ['exists: false matches if its parent is a value', { a: { b: [{ exists: false }] } }, { a: 'x' }],
  [
    'exists: false matches an object, which is not a leaf',
    { a: [{ exists: false }] },
    { a: { b: 1 } },
  ],
  ['exists: false matches an empty list', { a: [{ exists: false }] }, { a: [] }],
  ['exists: false or a value matches a missing field', { a: [{ exists: false }, 'x'] }, {}],
  ['exists: false or a value matches the value', { a: [{ exists: false }, 'x'] }, { a: 'x' }],

  ['numeric = matches the number', { a: [{ numeric: ['=', 5] }] }, { a: 5.0 }],
  ['numeric < matches less', { a: [{ numeric: ['<', 5] }] }, { a: 4.999999 }],
  ['numeric <= matches the bound', { a: [{ numeric: ['<=', 5] }] }, { a: 5 }],
  ['numeric > matches more', { a: [{ numeric: ['>', 5] }] }, { a: 5.000001 }],
  ['numeric >= matches the bound', { a: [{ numeric: ['>=', -5] }] }, { a: -5 }],
  ['a numeric range matches inside', { a: [{ numeric: ['>=', 1, '<', 3] }] }, { a: 1 }],
  ['numeric accepts the largest number', { a: [{ numeric: ['=', 5e9] }] }, { a: 5e9 }],
  ['numeric accepts the smallest number', { a: [{ numeric: ['>=', -5e9] }] }, { a: -5e9 }],

  ['cidr matches an address of the block', { ip: [{ cidr: '10.1.0.0/16' }] }, { ip: '10.1.255.9' }],
  ['cidr can use any address of the block', { ip: [{ cidr: '10.1.0.9/24' }] }, { ip: '10.1.0.1' }],
  [
    'cidr with zero bits matches every IPv4 address',
    { ip: [{ cidr: '0.0.0.0/0' }] },
    { ip: '203.0.113.9' },
  ],
  ['cidr matches an IPv6 address', { ip: [{ cidr: '2001:db8::/32' }] }, { ip: '2001:DB8:0:1::9' }],

  ['$or matches on its first alternative', { $or: [{ a: [1] }, { b: [2] }] }, { a: 1, b: 9 }],
  ['$or matches on its last alternative', { $or: [{ a: [1] }, { b: [2] }] }, { a: 9, b: 2 }],
  [
    '$or matches together with a sibling',
    { c: [3], $or: [{ a: [1] }, { b: [2] }] },
    { b: 2, c: 3 },
  ],
  ['$or matches within an object', { d: { $or: [{ a: [1] }, { b: [2] }] } }, { d: { b: 2 } }],
  [
    '$or matches within $or',
    { $or: [{ a: [1] }, { b: [2], $or: [{ c: [3] }, { d: [4] }] }] },
    { b: 2, d: 4 },
  ],
  [
    '$or uses one element of a list',
    { l: { k: ['x'], $or: [{ a: [1] }, { b: [2] }] } },
    {
      l: [
        { k: 'y', a: 1 },
        { k: 'x', b: 2 },
      ],
    },
  ],

  ['constructor is an ordinary name', { constructor: ['x'] }, { constructor: 'x' }],
  [
    '__proto__ is an ordinary name',
    JSON.parse('{"__proto__":{"toString":["x"]}}'),
    JSON.parse('{"__proto__":{"toString":"x"}}'),
  ],
  ['inherited properties are not matched', { toString: [{ exists: false }] }, {}],
];

const mismatching: readonly Case[] = [
  ['a string is not matched by another', { source: ['aws.kms'] }, { source: 'aws.s3' }],
  ['a string is case-sensitive', { source: ['aws.kms'] }, { source: 'AWS.kms' }],
  ['a field name is case-sensitive', { Source: ['aws.kms'] }, { source: 'aws.kms' }],
  ['every field must match', { a: [1], b: [2] }, { a: 1, b: 3 }],
  ['a missing field does not match', { a: [1], b: [2] }, { a: 1 }],
  ['null is not a missing field', { a: [null] }, {}],
  ['null is not in an empty list', { a: [null] }, { a: [] }],
  ['true is not "true"', { a: ['true'] }, { a: true }],
  ['a number is not its string', { a: ['5'] }, { a: 5 }],
  ['a string is not its number', { a: [5] }, { a: '5' }],
  ['null is not "null"', { a: ['null'] }, { a: null }],
  ['an object is not a value', { a: ['x'] }, { a: { x: 'x' } }],
  ['a value is not searched', { a: { length: [1] } }, { a: 'x' }],
  ['no element of a list matches', { arns: ['r3'] }, { arns: ['r1', 'r2'] }],
  ['an event that is a list does not match', { a: [{ exists: false }] }, [{ b: 1 }]],
  ['an event that is null does not match', { a: [{ exists: false }] }, null],
  [
    'fields of two elements are not matched together',
    { tags: { k: ['a'], v: ['2'] } },
    {
      tags: [
        { k: 'a', v: '1' },
        { k: 'b', v: '2' },
      ],
    },
  ],
  [
    'fields of elements of two lists in a list are not matched together',
    { a: { x: [1], y: [2] } },
    { a: [[{ x: 1 }], [{ y: 2 }]] },
  ],
  [
    'a field that is present in the same element is not absent',
    { tags: { k: ['a'], v: [{ exists: false }] } },
    { tags: [{ k: 'a', v: '1' }, { k: 'b' }] },
  ],

  // Event Ruler checks the fields by name, and the first field selects no element yet.
  [
    'a field that is first by name must be absent from every element',
    { tags: { k: ['a'], c: [{ exists: false }] } },
    { tags: [{ k: 'a' }, { k: 'b', c: 1 }] },
  ],

  ['prefix does not match within', { a: [{ prefix: 'b' }] }, { a: 'abc' }],
  ['prefix is case-sensitive', { a: [{ prefix: 'A' }] }, { a: 'abc' }],
  ['prefix does not match null', { a: [{ prefix: 'n' }] }, { a: null }],
  ['prefix does not match a number', { a: [{ prefix: '1' }] }, { a: 12 }],
  [
    'prefix ignoring case does not match within',
    { a: [{ prefix: { 'equals-ignore-case': 'B' } }] },
    { a: 'ab' },
  ],
  ['suffix does not match within', { a: [{ suffix: 'b' }] }, { a: 'abc' }],
  [
    'suffix ignoring case does not match within',
    { a: [{ suffix: { 'equals-ignore-case': 'B' } }] },
    { a: 'bc' },
  ],
  [
    'equals-ignore-case does not match a part',
    { a: [{ 'equals-ignore-case': 'AB' }] },
    { a: 'abc' },
  ],
  ['exactly is case-sensitive', { a: [{ exactly: 'X' }] }, { a: 'x' }],

  ['a wildcard must match to the end', { a: [{ wildcard: 'a*c' }] }, { a: 'abcd' }],
  ['a wildcard must match from the start', { a: [{ wildcard: 'b*' }] }, { a: 'abc' }],
  ['the ends of a wildcard do not overlap', { a: [{ wildcard: 'ab*ba' }] }, { a: 'aba' }],
  ['the parts of a wildcard keep their order', { a: [{ wildcard: '*b*a*' }] }, { a: 'ab' }],
  ['the parts of a wildcard do not overlap', { a: [{ wildcard: '*aba*ba*' }] }, { a: 'abab' }],
  ['an escaped star is not a wildcard', { a: [{ wildcard: 'a\\*c' }] }, { a: 'abc' }],
  ['a dot in a wildcard is a dot', { a: [{ wildcard: 'a.*' }] }, { a: 'abc' }],
  [
    'a wildcard without star does not match a longer string',
    { a: [{ wildcard: 'ab' }] },
    { a: 'abc' },
  ],
  ['a wildcard does not match a number', { a: [{ wildcard: '*' }] }, { a: 12 }],

  ['anything-but does not match the string', { a: [{ 'anything-but': 'x' }] }, { a: 'x' }],
  ['anything-but does not match the number', { a: [{ 'anything-but': 5 }] }, { a: 5 }],
  ['anything-but a list does not match its values', { a: [{ 'anything-but': [1, 2] }] }, { a: 2 }],
  ['anything-but does not match a missing field', { a: [{ 'anything-but': 'x' }] }, {}],
  [
    'anything-but does not match a list of only that value',
    { a: [{ 'anything-but': ['x', 'y'] }] },
    { a: ['y', 'x'] },
  ],
  [
    'anything-but a prefix does not match that prefix',
    { a: [{ 'anything-but': { prefix: 'ab' } }] },
    { a: 'abc' },
  ],
  [
    'anything-but prefixes does not match any of them',
    { a: [{ 'anything-but': { prefix: ['x', 'ab'] } }] },
    { a: 'abc' },
  ],
  [
    'anything-but a suffix does not match that suffix',
    { a: [{ 'anything-but': { suffix: 'bc' } }] },
    { a: 'abc' },
  ],
  [
    'anything-but suffixes does not match any of them',
    { a: [{ 'anything-but': { suffix: ['x', 'c'] } }] },
    { a: 'abc' },
  ],
  [
    'anything-but ignoring case does not match another case',
    { a: [{ 'anything-but': { 'equals-ignore-case': 'put' } }] },
    { a: 'PUT' },
  ],
  [
    'anything-but a wildcard does not match a match of it',
    { a: [{ 'anything-but': { wildcard: 'a*c' } }] },
    { a: 'abc' },
  ],
  [
    'anything-but wildcards does not match any match of them',
    { a: [{ 'anything-but': { wildcard: ['x*', '*c'] } }] },
    { a: 'abc' },
  ],

  ['exists: true does not match a missing field', { a: [{ exists: true }] }, { b: 1 }],
  ['exists: true does not match an object', { a: [{ exists: true }] }, { a: { b: 1 } }],
  ['exists: true does not match an empty list', { a: [{ exists: true }] }, { a: [] }],
  ['exists: false does not match a value', { a: [{ exists: false }] }, { a: 'x' }],
  ['exists: false does not match null', { a: [{ exists: false }] }, { a: null }],
  [
    'exists: false does not match in one of the elements',
    { a: { b: [{ exists: false }] } },
    { a: [{ c: 1 }, { b: 1 }] },
  ],
  ['exists: false or a value does not match another', { a: [{ exists: false }, 'x'] }, { a: 'y' }],
  [
    'an absent field does not make the others optional',
    { a: [{ exists: false }], b: [1] },
    { b: 2 },
  ],

  ['numeric = does not match another', { a: [{ numeric: ['=', 5] }] }, { a: 5.1 }],
  ['numeric < does not match the bound', { a: [{ numeric: ['<', 5] }] }, { a: 5 }],
  ['numeric <= does not match more', { a: [{ numeric: ['<=', 5] }] }, { a: 6 }],
  ['numeric > does not match the bound', { a: [{ numeric: ['>', 5] }] }, { a: 5 }],
  ['numeric >= does not match less', { a: [{ numeric: ['>=', 5] }] }, { a: 4 }],
  ['a numeric range does not match below', { a: [{ numeric: ['>', 1, '<', 3] }] }, { a: 1 }],
  ['a numeric range does not match above', { a: [{ numeric: ['>', 1, '<', 3] }] }, { a: 3 }],
  ['numeric does not match a string', { a: [{ numeric: ['=', 5] }] }, { a: '5' }],
  ['numeric does not match null', { a: [{ numeric: ['<', 5] }] }, { a: null }],
  ['numeric does not match beyond its limit', { a: [{ numeric: ['>', 5] }] }, { a: 5e9 + 1 }],
  ['numeric does not match seven decimals', { a: [{ numeric: ['>', 5] }] }, { a: 6.0000001 }],

  ['cidr does not match outside the block', { ip: [{ cidr: '10.1.0.0/16' }] }, { ip: '10.2.0.1' }],
  ['cidr does not match a host name', { ip: [{ cidr: '0.0.0.0/0' }] }, { ip: 'kms.amazonaws.com' }],
  [
    'cidr does not match the other IP version',
    { ip: [{ cidr: '0.0.0.0/0' }] },
    { ip: '2001:db8::1' },
  ],
  [
    'cidr does not match outside an IPv6 block',
    { ip: [{ cidr: '2001:db8::/32' }] },
    { ip: '2001:db9::1' },
  ],
  [
    'cidr does not match an address with a zone',
    { ip: [{ cidr: '::/0' }] },
    { ip: 'fe80::1%eth0' },
  ],
  ['cidr does not match a number', { ip: [{ cidr: '0.0.0.0/0' }] }, { ip: 10 }],

  [
    '$or does not match without a matching alternative',
    { $or: [{ a: [1] }, { b: [2] }] },
    { a: 2, b: 1 },
  ],
  [
    '$or does not make an earlier sibling optional',
    { c: [3], $or: [{ a: [1] }, { b: [2] }] },
    { a: 1, c: 9 },
  ],
  [
    '$or does not make a later sibling optional',
    { $or: [{ a: [1] }, { b: [2] }], c: [3] },
    { b: 2 },
  ],
  [
    'every field of an alternative of $or must match',
    { $or: [{ a: [1], b: [2] }, { c: [3] }] },
    { a: 1 },
  ],

  ['constructor is not a field of every object', { constructor: [{ exists: true }] }, {}],
  ['__proto__ is not a field of every object', JSON.parse('{"__proto__":{"a":["x"]}}'), { a: 'x' }],
];

const refused: readonly (readonly [fact: string, pattern: unknown])[] = [
  ['that is not an object', ['a']],
  ['that is null', null],
  ['that is a string', '{"a":[1]}'],
  ['that is empty', {}],
  ['with an empty object', { a: {} }],
  ['with an empty list', { a: [] }],
  ['with a string outside a list', { a: 'x' }],
  ['with a number outside a list', { a: 5 }],
  ['with null outside a list', { a: null }],
  ['with a list in a list', { a: [['x']] }],
  ['with an operator outside a list', { a: { prefix: 'x' } }],
  ['with an unknown operator', { a: [{ regex: '.*' }] }],
  ['with an operator in another case', { a: [{ Prefix: 'x' }] }],
  ['with an inherited property name for an operator', { a: [{ constructor: 'x' }] }],
  ['with no operator', { a: [{}] }],
  ['with two operators in one object', { a: [{ prefix: 'x', suffix: 'y' }] }],
  ['with a field twice', { a: { b: [1] }, 'a.b': [2] }],
  ['with a field outside and inside $or', { a: [1], $or: [{ a: [2] }, { b: [1] }] }],
  ['with a list of prefixes', { a: [{ prefix: ['x', 'y'] }] }],
  ['with a number for a prefix', { a: [{ prefix: 5 }] }],
  ['with a prefix in a prefix', { a: [{ prefix: { prefix: 'x' } }] }],
  [
    'with a prefix ignoring the case of a list',
    { a: [{ prefix: { 'equals-ignore-case': ['x'] } }] },
  ],
  [
    'with a prefix and two operators',
    { a: [{ prefix: { 'equals-ignore-case': 'x', prefix: 'y' } }] },
  ],
  ['with a list of suffixes', { a: [{ suffix: ['x', 'y'] }] }],
  ['with a wildcard in a suffix', { a: [{ suffix: { wildcard: 'x' } }] }],
  ['with equals-ignore-case of a list', { a: [{ 'equals-ignore-case': ['x'] }] }],
  ['with exactly a number', { a: [{ exactly: 5 }] }],
  ['with a number for a wildcard', { a: [{ wildcard: 5 }] }],
  ['with two stars in a row', { a: [{ wildcard: 'a**b' }] }],
  ['with an escaped letter in a wildcard', { a: [{ wildcard: 'a\\b' }] }],
  ['with a backslash at the end of a wildcard', { a: [{ wildcard: 'a\\' }] }],
  ['with anything-but null', { a: [{ 'anything-but': null }] }],
  ['with anything-but true', { a: [{ 'anything-but': true }] }],
  ['with anything-but nothing', { a: [{ 'anything-but': [] }] }],
  ['with anything-but strings and numbers', { a: [{ 'anything-but': ['x', 5] }] }],
  ['with anything-but a list with null', { a: [{ 'anything-but': ['x', null] }] }],
  ['with anything-but a number beyond the limit', { a: [{ 'anything-but': [1, 5e9 + 1] }] }],
  ['with anything-but a cidr', { a: [{ 'anything-but': { cidr: '10.0.0.0/8' } }] }],
  ['with anything-but an inherited property name', { a: [{ 'anything-but': { toString: 'x' } }] }],
  ['with anything-but without operator', { a: [{ 'anything-but': {} }] }],
  ['with anything-but two operators', { a: [{ 'anything-but': { prefix: 'x', suffix: 'y' } }] }],
  ['with anything-but an empty prefix', { a: [{ 'anything-but': { prefix: '' } }] }],
  ['with anything-but an empty suffix', { a: [{ 'anything-but': { suffix: ['x', ''] } }] }],
  ['with anything-but no prefix', { a: [{ 'anything-but': { prefix: [] } }] }],
  ['with anything-but a number for a prefix', { a: [{ 'anything-but': { prefix: [5] } }] }],
  ['with anything-but two stars in a row', { a: [{ 'anything-but': { wildcard: ['x', '**'] } }] }],
  [
    'with anything-but a prefix ignoring case',
    { a: [{ 'anything-but': { prefix: { 'equals-ignore-case': 'x' } } }] },
  ],
  ['with exists of a string', { a: [{ exists: 'true' }] }],
  ['with exists of null', { a: [{ exists: null }] }],
  ['with exists beside an object', { a: [{ exists: false }, { b: ['x'] }] }],
  ['with numeric outside a list', { a: [{ numeric: 5 }] }],
  ['with numeric of nothing', { a: [{ numeric: [] }] }],
  ['with numeric without a number', { a: [{ numeric: ['='] }] }],
  ['with numeric of a string', { a: [{ numeric: ['=', '5'] }] }],
  ['with numeric of an unknown comparison', { a: [{ numeric: ['!=', 5] }] }],
  ['with numeric of an inherited property name', { a: [{ numeric: ['valueOf', 5] }] }],
  ['with numeric that starts with a number', { a: [{ numeric: [5, '='] }] }],
  ['with a numeric range that starts with the upper bound', { a: [{ numeric: ['<', 5, '>', 0] }] }],
  ['with a numeric range of two lower bounds', { a: [{ numeric: ['>', 0, '>', 5] }] }],
  ['with a numeric range without its second number', { a: [{ numeric: ['>', 0, '<'] }] }],
  ['with a numeric range that is empty', { a: [{ numeric: ['>=', 5, '<=', 5] }] }],
  ['with a numeric range in the wrong order', { a: [{ numeric: ['>', 5, '<', 0] }] }],
  ['with a third numeric bound', { a: [{ numeric: ['>', 0, '<', 5, '<', 6] }] }],
  ['with numeric beyond the limit', { a: [{ numeric: ['<', 5e9 + 1] }] }],
  ['with numeric below the limit', { a: [{ numeric: ['>', -5e9 - 1] }] }],
  ['with numeric of seven decimals', { a: [{ numeric: ['=', 0.0000001] }] }],
  ['with cidr of a list', { a: [{ cidr: ['10.0.0.0/8'] }] }],
  ['with cidr without bits', { a: [{ cidr: '10.0.0.0' }] }],
  ['with cidr of two slashes', { a: [{ cidr: '10.0.0.0/8/8' }] }],
  ['with cidr of an invalid number of bits', { a: [{ cidr: '10.0.0.0/x' }] }],
  ['with cidr of negative bits', { a: [{ cidr: '10.0.0.0/-1' }] }],
  ['with cidr of a host name', { a: [{ cidr: 'example.com/8' }] }],
  ['with cidr of an address with a zone', { a: [{ cidr: 'fe80::1%eth0/64' }] }],
  ['with cidr of a single IPv4 address', { a: [{ cidr: '10.0.0.1/32' }] }],
  ['with cidr of a single IPv6 address', { a: [{ cidr: '2001:db8::1/128' }] }],
  ['with $or of an object', { $or: { a: [1] } }],
  ['with $or of one alternative', { $or: [{ a: [1] }] }],
  ['with $or of values', { a: { $or: ['x', 'y'] } }],
  ['with $or of an empty alternative', { $or: [{ a: [1] }, {}] }],
  ['with an operator for a field within $or', { $or: [{ prefix: ['x'] }, { a: [1] }] }],
  ['with an operator for a field deep within $or', { $or: [{ b: { cidr: ['x'] } }, { a: [1] }] }],
  ['with over a thousand alternatives', { $or: alternatives('a', 1001) }],
  ['with nested $or of over a thousand alternatives', { ...choices(32), x: { ...choices(32) } }],
];

describe('a pattern matches:', () => {
  test.each(matching)('%s', (_, pattern, event) => {
    expect(matchesPattern(pattern, event)).toBe(true);
  });

  test('$or can expand to a thousand rules', () => {
    const pattern = { ...choices(25), x: choices(40) };

    expect(matchesPattern(pattern, { a0: 1, x: { a39: 1 } })).toBe(true);
  });

  test('long lists of values do not multiply', () => {
    const fields = Array.from('abcdefgh', (name) => [name, Array(200).fill(1)]);
    const event = { ...Object.fromEntries(fields), z: 1 };
    const pattern = Object.fromEntries(fields.map(([name]) => [name, [1]]));

    expect(matchesPattern({ ...pattern, z: [2] }, event)).toBe(false);
  });
});

describe('a pattern does not match:', () => {
  test.each(mismatching)('%s', (_, pattern, event) => {
    expect(matchesPattern(pattern, event)).toBe(false);
  });
});

describe('EventBridge refuses a pattern', () => {
  test.each(refused)('%s', (_, pattern) => {
    expect(() => validatePattern(pattern)).toThrow(
      expect.objectContaining({ name: 'AwsError', code: 'InvalidEventPatternException' }),
    );
  });

  test('before it reads the event', () => {
    expect(() => matchesPattern({ a: [] }, null)).toThrow('Empty arrays are not allowed');
  });

  // Message: AWS's, recorded in localstack's test_events_patterns.snapshot.json.
  test('with a message that names the field', () => {
    expect(() => validatePattern({ detail: { int: 42 } })).toThrow(
      'Event pattern is not valid. Reason: "int" must be an object or an array',
    );
  });
});

function alternatives(name: string, count: number): readonly object[] {
  return Array.from({ length: count }, (_, index) => ({ [`${name}${index}`]: [1] }));
}

function choices(count: number): object {
  return { $or: alternatives('a', count) };
}
