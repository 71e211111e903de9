import { randomUUID } from 'node:crypto';
import { arnPrefix } from './home.ts';
import type { Service } from './operation.ts';
import { AwsError, type Call } from './service.ts';

/** The part of Amazon SES API v2 that sends simple messages. */
export const ses: Service = {
  SendEmail: {
    needs: (call) => [
      {
        action: 'ses:SendEmail',
        resource: identityOf(call),
        context: { 'ses:FromAddress': String(call.input.FromEmailAddress) },
      },
    ],
    /** Source: Amazon SES API v2 reference, SendEmail. */
    perform({ input }, { emails }) {
      const { Destination, Content } = input as Sent;
      const to = Destination?.ToAddresses ?? [];
      const { Subject, Body, Headers = [] } = Content?.Simple ?? {};
      if (!verifiedDomains.includes(domainOf(input.FromEmailAddress))) {
        throw new AwsError('MessageRejected', 'Email address is not verified.');
      }
      if (to.length < 1 || to.length > 50) throw badRequest('Invalid number of recipients');
      if (Subject?.Data === undefined || !(Body?.Text && Body.Html)) throw badRequest('No content');
      if (Headers.some(({ Value = '' }) => !/^[\x20-\x7e]{1,995}$/.test(Value))) {
        throw badRequest('Invalid header value');
      }
      emails.push({
        from: String(input.FromEmailAddress),
        to,
        subject: Subject.Data,
        html: Body.Html.Data ?? '',
        text: Body.Text.Data ?? '',
        headers: Object.fromEntries(Headers.map(({ Name = '', Value = '' }) => [Name, Value])),
      });
      return { MessageId: randomUUID() };
    },
  },
};

type Part = { readonly Data?: string };
type Sent = {
  readonly Destination?: { readonly ToAddresses?: readonly string[] };
  readonly Content?: {
    readonly Simple?: {
      readonly Subject?: Part;
      readonly Body?: { readonly Text?: Part; readonly Html?: Part };
      readonly Headers?: readonly { readonly Name?: string; readonly Value?: string }[];
    };
  };
};

const verifiedDomains = ['example.com'];

const domainOf = (address: unknown): string => String(address).split('@').at(-1) ?? '';

/** The domain of the sender is the verified identity. */
const identityOf = ({ input, region, principal }: Call): string =>
  `${arnPrefix}:ses:${region}:${principal.accountId}:identity/${domainOf(input.FromEmailAddress)}`;

const badRequest = (message: string): AwsError => new AwsError('BadRequestException', message);
