import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// A principal that is a role or user is bound to its unique ID and loses access when it is deleted and recreated.
// Source: IAM User Guide, "AWS JSON policy elements: Principal".

const files = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);
const policies = files.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/```json\n(.*?)```/gs)]
    .map(([, text = '']) => text)
    .filter((text) => text.includes('"Principal"'))
    .map((text) => [file, JSON.parse(text)] as const),
);

test('the documentation has a resource policy', () => {
  expect(policies).not.toEqual([]);
});

test.each(policies)(
  'a resource policy in %s has account principals and names roles by ARN',
  (_file, { Principal, Condition }) => {
    expect(Principal.AWS).toMatch(/^\d{12}$|^arn:aws:iam::\d{12}:root$/);
    expect(Condition.ArnEquals['aws:PrincipalArn']).toMatch(/^arn:aws:iam::\d{12}:role\//);
  },
);
