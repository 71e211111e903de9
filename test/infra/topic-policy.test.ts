import { expect, inject, test } from 'vitest';
import { asLists, mainTemplateIn, propertiesOf, type Statement } from './app.ts';

const { observe, everything } = inject('cdkOut');

const statements = (cdkOut: string): readonly Statement[] =>
  propertiesOf(mainTemplateIn(cdkOut), 'AWS::SNS::TopicPolicy').flatMap(({ PolicyDocument }) =>
    PolicyDocument.Statement.map(asLists),
  );

const publishing = (cdkOut: string, service: string): readonly Statement[] =>
  statements(cdkOut).filter(
    ({ Effect, Principal }) => Effect === 'Allow' && Principal.Service === service,
  );

test.each([observe, everything])(
  'the topic policy lets EventBridge publish without a condition, which EventBridge does not support',
  (cdkOut) => {
    const [statement, ...others] = publishing(cdkOut, 'events.amazonaws.com');

    expect(others).toEqual([]);
    expect(statement).toMatchObject({ Action: ['sns:Publish'] });
    expect(statement).not.toHaveProperty('Condition');
  },
);

test.each([observe, everything])(
  'the topic policy lets CloudWatch publish for alarms of this account only',
  (cdkOut) => {
    expect(publishing(cdkOut, 'cloudwatch.amazonaws.com')).toMatchObject([
      {
        Action: ['sns:Publish'],
        Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
      },
    ]);
  },
);

test.each([observe, everything])('the topic policy lets no other principal publish', (cdkOut) => {
  const allowed = statements(cdkOut).filter(({ Effect }) => Effect === 'Allow');

  expect(allowed.map(({ Principal }) => Principal.Service).toSorted()).toEqual([
    'cloudwatch.amazonaws.com',
    'events.amazonaws.com',
  ]);
});
