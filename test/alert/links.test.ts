import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventLink, linksOf, logsLink } from '#alert/links.ts';
import type { ApiCall } from '#trail/api-call.ts';

const id = '77e11d50-b866-408f-9509-c3f09de6b26e';

test.each([
  ['eu-central-1', 'https://eu-central-1.console.aws.amazon.com/'],
  ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn/'],
  ['us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com/'],
  ['eusc-de-east-1', 'https://eusc-de-east-1.console.amazonaws-eusc.eu/'],
])('the event link of %s points to the console of its partition', (region, start) => {
  expect(eventLink(region, id)).toBe(
    `${start}cloudtrailv2/home?region=${region}#/events/77e11d50-b866-408f-9509-c3f09de6b26e`,
  );
});

test('a malformed Region or event id has no link', () => {
  expect(eventLink('evil.example/', id)).toBeNull();
  expect(eventLink('eu-central-1', `${id}/../../evil`)).toBeNull();
});

test('the links of an incident are the event of its call and the log around it', () => {
  const times = { from: '2026-11-22T12:00:00.000Z', to: '2026-11-22T12:30:00.000Z' };
  const logs = { region: 'us-east-1', groups: ['one'] };
  const [none, ...others] = linksOf(null, logs, { id: 'an incident/1', ...times });

  expect(none?.text).toBe('Log of trailkeeper');
  expect(others).toEqual([]);
  expect(none?.url).toContain("end~'2026-11-22T13*3a30*3a00.000Z~start~'2026-11-22T11*3a50*3a00");
  expect(none?.url).toContain('an.incident.1');
  const call = { region: 'us-east-1', eventId: id } as ApiCall;
  expect(linksOf(call, logs, { id, ...times }).map(({ text }) => text)).toEqual([
    'Event in CloudTrail',
    'Log of trailkeeper',
  ]);
  expect(linksOf(call, { ...logs, region: 'us-iso-east-1' }, { id, ...times })).toHaveLength(1);
  expect(eventLink('us-east-1', `x${id}`)).toBeNull();
});

test('a partition without a published console has no links', () => {
  const times = { from: '2026-11-22T11:50:00.000Z', to: '2026-11-22T13:00:00.000Z' };

  expect(eventLink('us-iso-east-1', id)).toBeNull();
  expect(logsLink({ region: 'us-iso-east-1', logGroups: [], query: '', ...times })).toBeNull();
});

test('a log query is encoded like the console does it', () => {
  const url = logsLink({
    region: 'us-east-1',
    logGroups: ['/aws/lambda/one', 'other'],
    query: "fields @timestamp\n| filter trail = 'x'",
    from: '2026-11-22T11:50:00.000Z',
    to: '2026-11-22T13:00:00.000Z',
  });

  expect(url).toBe(
    "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:logs-insights$3FqueryDetail$3D~(end~'2026-11-22T13*3a00*3a00.000Z~start~'2026-11-22T11*3a50*3a00.000Z~timeType~'ABSOLUTE~tz~'UTC~editorString~'fields*20*40timestamp*0a*7c*20filter*20trail*20*3d*20*27x*27~source~(~'*2faws*2flambda*2fone~'other))",
  );
});

test('a link points to the console, whatever the query is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (query) => {
      const times = { from: '2026-11-22T11:50:00.000Z', to: '2026-11-22T13:00:00.000Z' };
      const url = logsLink({ region: 'us-east-1', logGroups: ['one'], query, ...times });

      expect(new URL(url ?? '').host).toBe('us-east-1.console.aws.amazon.com');
      expect(url).toMatch(/^[\w:/.?=#$~()'*-]+$/);
    }),
  );
});
