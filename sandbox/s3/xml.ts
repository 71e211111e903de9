import { parseXML } from '@aws-sdk/xml-builder';
import { AwsError } from '../service.ts';
import type { BucketConfiguration } from '../world.ts';

/** The configuration in a body with this root element, without the name space. Repeated elements are lists, values are text. */
export function configurationIn(body: Buffer, root: string): BucketConfiguration {
  const value = parsed(body.toString())[root];
  if (value === undefined) throw malformedXml();
  if (typeof value !== 'object' || value === null) return {};
  return withoutNamespace(value);
}

function parsed(xml: string): Readonly<Record<string, unknown>> {
  try {
    return parseXML(xml) as Readonly<Record<string, unknown>>;
  } catch {
    throw malformedXml();
  }
}

const withoutNamespace = (value: object): BucketConfiguration =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'xmlns'));

export const malformedXml = (): AwsError =>
  new AwsError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );

/** The elements of this name in a configuration: none, one or a list. */
export const elementsOf = (
  configuration: BucketConfiguration,
  name: string,
): readonly BucketConfiguration[] => [configuration[name] ?? []].flat().filter(isElement);

const isElement = (value: unknown): value is BucketConfiguration =>
  typeof value === 'object' && value !== null;
