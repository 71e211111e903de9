import { AddTagsCommand, StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { afterEach, describe, expect, test } from 'vitest';
import type { Mode } from '#reconcile/outcome.ts';
import { messageText } from '#sandbox/slack/message-text.ts';
import { type Account, startAccount } from '../support/account.ts';

let account: Account;
afterEach(() => account.stop());

async function start(mode: Mode): Promise<void> {
  account = await startAccount({ mode });
  account.deliver({ ...account.perfectDelivery, drop: false, dropStreams: false });
}

/** The first message about the trail, after all edits. */
async function message(): Promise<string> {
  await account.settled();
  const [first] = (await account.slack()).filter(({ threadTs }) => threadTs === null);
  return first === undefined ? '' : messageText(first).join('\n');
}

const stopLogging = () => account.outsider.send(new StopLoggingCommand({ Name: account.trail }));

test('drift that is captured in a maintenance window is accepted as a version by its author', async () => {
  await start('enforce');
  const started = await account.trailkeeper([
    ...['window', 'start', account.trail, '--kinds', 'tags', '--for', '1h'],
    ...['--reason', 'new tags', '--yes'],
  ]);
  expect(started).toMatchObject({ code: 0 });
  const TagsList = [{ Key: 'team', Value: 'platform' }];
  await account.outsider.send(new AddTagsCommand({ ResourceId: account.trail, TagsList }));
  await account.settled();
  await account.swept();
  expect(await account.incidents()).toMatchObject([{ state: 'suspended' }]);

  await account.trailkeeper(['capture', account.trail, '--reason', 'new tags', '--yes']);
  await account.swept();
  await account.settled();

  expect(await account.incidents()).toMatchObject([
    { state: 'resolved', episodes: [{ resolution: 'accepted' }] },
  ]);
  expect(JSON.stringify(await account.slack())).toMatch(/was accepted as version 2 by \w+/);
});

test('drift that is accepted soon after an attack does not make the attack accepted', async () => {
  await start('enforce');
  await stopLogging();
  await account.settled();
  const window = 'window start --kinds tags --for 1h --reason retag --yes';
  await account.trailkeeper(window.split(' '));
  const TagsList = [{ Key: 'team', Value: 'platform' }];
  await account.outsider.send(new AddTagsCommand({ ResourceId: account.trail, TagsList }));
  await account.settled();
  await account.trailkeeper(['capture', account.trail, '--reason', 'CHG-9', '--yes']);
  await account.swept();
  await account.settled();

  const texts = (await account.slack()).map(({ text = '' }) => text);
  const accepted = texts.filter((text) => text.includes('accepted'));
  expect(accepted).not.toEqual([]);
  for (const text of accepted) {
    expect(text).toMatch(
      /org-trail restored and verified; the drift of tags was accepted as version 2 by alice/,
    );
    expect(text).not.toContain('logging is off');
  }
  const { stdout } = await account.trailkeeper(['incidents', 'org-trail']);
  expect(stdout).toMatch(/critical +restored, accepted +org-trail +StopLogging by mallory$/m);
});

describe('in observe mode', () => {
  test('the command in the alert restores the trail, and the message names its user', async () => {
    await start('observe');
    await stopLogging();
    const [, command = ''] = /npx --no -- trailkeeper (restore \S+)/.exec(await message()) ?? [];

    await account.trailkeeper([...command.split(' '), '--yes']);

    expect(await message()).toMatch(
      /org-trail was restored by alice[\s\S]*StartLogging, with the CLI of trailkeeper, according to the user agent/,
    );
    expect(await message()).toMatch(/Actor {2}mallory/);
  });

  test('a retired trail is no longer checked, and its incident is closed', async () => {
    await start('observe');
    await stopLogging();
    await account.settled();

    await account.trailkeeper(['retire', account.trail, '--reason', 'moved to the lake', '--yes']);

    expect(await message()).toMatch(
      /org-trail is no longer protected[\s\S]*retired by alice: moved to the lake/,
    );
    const [incident, ...others] = await account.incidents();
    expect(others).toEqual([]);
    expect(incident?.closedAt).not.toBeNull();
    const { stdout } = await account.trailkeeper(['incidents', account.trail, '--json']);
    expect(JSON.parse(stdout).incidents).toMatchObject([
      { incident: { retired: { reason: 'moved to the lake' } } },
    ]);
  });
});

test('retire sends a high alert with the trail, the user and the reason', async () => {
  await start('enforce');
  await account.trailkeeper(['retire', account.trail, '--reason', 'moved to the lake', '--yes']);
  await account.settled();

  const texts = (await account.slack()).map(({ text }) => text);
  expect(texts).toEqual([
    expect.stringContaining(
      'HIGH: org-trail is no longer protected (retired by alice: moved to the lake)',
    ),
  ]);
});
