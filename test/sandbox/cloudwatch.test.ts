import { expect, test } from 'vitest';
import { cloudwatch } from '#sandbox/cloudwatch.ts';
import type { Invocation } from '#sandbox/lambda/invocation.ts';
import { newWorld } from '#sandbox/seed.ts';
import type { Call } from '#sandbox/service.ts';

const minute = 60;
const start = 1_800_000_000;

const line = (at: number, members: object, { namespace = 'ours' } = {}): string =>
  JSON.stringify({
    _aws: {
      Timestamp: at * 1000,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [['service']],
          Metrics: [{ Name: 'Beat', Unit: 'Count' }],
        },
      ],
    },
    service: 'protect',
    ...members,
  });

test('metrics in a log are reported by period, without those of other namespaces', () => {
  const log = [
    'a line of text',
    line(start, { Beat: 1 }),
    line(start + 30, { Beat: 3 }),
    line(start + minute, { Beat: [5] }),
    line(start + 10 * minute, { Beat: 100 }),
    line(start, { Beat: 100, service: 'other' }),
    line(start, { Beat: 100 }, { namespace: 'theirs' }),
  ];
  const input = {
    Namespace: 'ours',
    MetricName: 'Beat',
    Dimensions: [{ Name: 'service', Value: 'protect' }],
    StartTime: start,
    EndTime: start + 2 * minute,
    Period: minute,
    Statistics: ['Sum'],
  };
  const { GetMetricStatistics } = cloudwatch([{ log } as unknown as Invocation]);

  expect(GetMetricStatistics?.perform({ input } as unknown as Call, newWorld())).toMatchObject({
    Datapoints: [
      { Sum: 4, Minimum: 1, Maximum: 3, Average: 2, SampleCount: 2 },
      { Sum: 5, Minimum: 5, Maximum: 5, SampleCount: 1 },
    ],
  });
});
