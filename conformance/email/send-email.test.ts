import { SESv2 } from '@aws-sdk/client-sesv2';
import { describe, expect, test } from 'vitest';
import { context } from '../fixtures.ts';
import { refusal } from '../refusal.ts';

// Amazon SES API v2 model and reference: SendEmail, Message, MessageHeader [M]; developer guide: "Verified identities in Amazon SES",
// "Header fields", "Sending test emails in Amazon SES with the simulator" [D].

const ses = new SESv2({ ...context.connection, region: context.region });
const simulator = 'success@simulator.amazonses.com';
const text = (Data: string) => ({ Data, Charset: 'UTF-8' });

type Header = { readonly Name: string; readonly Value: string };

const send = ({
  from = context.emailFrom ?? '',
  to = [simulator],
  headers = [],
}: {
  readonly from?: string;
  readonly to?: readonly string[];
  readonly headers?: readonly Header[];
} = {}) =>
  ses.sendEmail({
    FromEmailAddress: from,
    Destination: { ToAddresses: [...to] },
    Content: {
      Simple: {
        Subject: text('trailkeeper-conformance'),
        Body: { Text: text('–'), Html: text('<p>–</p>') },
        ...(headers.length > 0 && { Headers: [...headers] }),
      },
    },
  });

describe('SendEmail [M]', () => {
  test('takes a message as text and HTML, and returns its id', async () => {
    const { MessageId } = await send();

    expect(MessageId).toMatch(/\S/);
  });

  test('takes the headers of a thread, and one of the sender [D]', async () => {
    const headers = ['References', 'In-Reply-To', 'X-Trailkeeper-Notification'].map((Name) => ({
      ...{ Name, Value: '<a@trailkeeper>' },
    }));

    expect((await send({ headers })).MessageId).toMatch(/\S/);
  });

  test('sends the same message again, with another id [U]', async () => {
    const [first, second] = [await send(), await send()];

    expect(second.MessageId).not.toBe(first.MessageId);
  });

  test('takes 50 recipients, and refuses 51 [M; U: the error]', async () => {
    const recipients = (count: number) =>
      Array.from({ length: count }, (_, i) => simulator.replace('@', `+${i}@`));

    expect((await send({ to: recipients(50) })).MessageId).toMatch(/\S/);
    await refusal(send({ to: recipients(51) }), 'BadRequestException');
  });

  test('refuses a message without a recipient [U: the error]', async () => {
    await refusal(send({ to: [] }), 'BadRequestException');
  });

  test.each([
    ['with a line break', 'a\nBcc: b@example.com'],
    ['of more than 995 characters', 'x'.repeat(996)],
    ['that is not ASCII', 'ü'],
  ])('refuses a header %s [M; U: the error]', async (_what, Value) => {
    await refusal(send({ headers: [{ Name: 'X-Probe', Value }] }), 'BadRequestException');
  });

  test('refuses a sender that is not verified [D]', async () => {
    const from = 'trailkeeper-conformance@example.org';
    const { message } = await refusal(send({ from }), 'MessageRejected');

    expect(message).toMatch(/not verified/);
  });
});
