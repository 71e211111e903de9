import { expect, test } from 'vitest';
import { observe, unknownFor } from '#drift/observe.ts';
import { NotReportedError } from '#drift/reported.ts';
import { tags } from '#drift/tags.ts';
import { now, states, trail } from '../support/baseline.ts';
import { answering, refusing } from '../support/cloudtrail.ts';

test('a kind observes its state, and null if there is no trail', async () => {
  const { aws } = answering({ ResourceTagList: [states.tags] });

  expect(await observe(tags, aws, trail, now, {})).toEqual({
    status: 'observed',
    state: states.tags,
  });
  const { aws: without } = refusing('ResourceNotFoundException');
  expect(await observe(tags, without, trail, now, {})).toEqual({ status: 'observed', state: null });
});

test('a state that cannot be read is unknown, with the error and whether to retry', async () => {
  const { aws } = refusing('ThrottlingException');

  expect(await observe(tags, aws, trail, now, {})).toEqual({
    ...{ status: 'unknown', reason: 'ThrottlingException: no', retryable: true },
  });
  expect(unknownFor(new NotReportedError('ListTags returned no TagsList'))).toMatchObject({
    reason: 'ListTags returned no TagsList',
  });
});
