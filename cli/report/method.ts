import { code, el, list, type Node, section } from './elements.ts';

/** How the numbers are defined, and how a reader checks the evidence without trailkeeper. */
export const method = (): Node =>
  section(
    'method',
    'How to check this',
    el('h3', {}, 'Coverage'),
    el(
      'p',
      {},
      'The share of the time in which all management events that the baseline asks for were recorded and delivered where the baseline says. A time in which a part of them was missing, for example those of other Regions, counts as missing. A time of which this is not known counts as unknown, never as recorded. Recorded is rounded down, the rest up.',
    ),
    el('h3', {}, 'Evidence'),
    list([
      el(
        'span',
        {},
        'A call: look its event up in the account and Region that recorded it, for 90 days: ',
        code(
          'aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventId,AttributeValue=EVENT_ID',
        ),
      ),
      el(
        'span',
        {},
        'A record: read its row in the state table by its two keys; the SHA-256 is that of the text of the attribute ',
        code('incident'),
        ' or ',
        code('tampering'),
        ', byte for byte. Records are not signed.',
      ),
      el(
        'span',
        {},
        'A baseline: the SHA-256 is that of the attribute ',
        code('document'),
        ' in its row; the signature is on ',
        code('trailkeeper version/1'),
        ', a line feed and the document. ',
        code('npx --no -- trailkeeper history'),
        ' verifies it again.',
      ),
      'This file: compare its SHA-256 with the one that was noted when it was written.',
    ]),
    el('h3', {}, 'Limits'),
    el(
      'p',
      {},
      'Times of calls have whole seconds, as CloudTrail records them. The caller writes the user agent, so the tool is a claim. Of many calls and episodes of one incident, the first and the latest are kept.',
    ),
  );
