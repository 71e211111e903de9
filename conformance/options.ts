import { InvalidArgumentError } from 'commander';

export type Options = {
  readonly endpoint?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly otherRegion: string;
  readonly changeAccount?: string;
  readonly logRole?: string;
  readonly workflowRole?: string;
  readonly emailFrom?: string;
  readonly securityHub?: true;
  readonly organization?: true;
  readonly memberProfile?: string;
  readonly memberLogRole?: string;
  readonly trustedAccess?: true;
  readonly patience: number;
};

export function url(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('Use a URL, for example http://127.0.0.1:4599.');
}

export function regionName(text: string): string {
  if (/^[a-z]{2,}(-[a-z]+)+-\d$/.test(text)) return text;
  throw new InvalidArgumentError('Use the name of a Region, for example eu-central-1.');
}

export function accountId(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  throw new InvalidArgumentError('Use an account ID of 12 digits.');
}

export function roleArn(text: string): string {
  if (/^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/.test(text)) return text;
  throw new InvalidArgumentError(
    'Use the ARN of a role, for example arn:aws:iam::123456789012:role/x.',
  );
}

export function emailAddress(text: string): string {
  if (/^[^\s@]+@[^\s@]+$/.test(text)) return text;
  throw new InvalidArgumentError('Use an e-mail address that is verified in Amazon SES.');
}

export function seconds(text: string): number {
  if (/^\d{1,5}$/.test(text) && text !== '0') return Number(text);
  throw new InvalidArgumentError('Use a whole number of seconds from 1 to 99999.');
}
