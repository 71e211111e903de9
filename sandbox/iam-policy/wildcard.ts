/** A test of texts against a pattern: `*` matches any text and `?` any character. */
export function wildcard(pattern: string, { ignoreCase = false } = {}): (text: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, ignoreCase ? 'is' : 's');
  return (text) => expression.test(text);
}

/**
 * A test of ARNs against an ARN with wildcards. Each of the six components is compared separately, so only a wildcard
 * in the last component can match a colon. Source: IAM user guide, "Amazon Resource Name (ARN) condition operators".
 */
export function arnWildcard(pattern: string): (arn: string) => boolean {
  if (pattern === '*') return () => true;
  const tests = componentsOf(pattern).map((component) => wildcard(component));
  return (arn) => {
    const components = componentsOf(arn);
    return (
      components.length === tests.length && tests.every((test, i) => test(components[i] ?? ''))
    );
  };
}

function componentsOf(arn: string): readonly string[] {
  const all = arn.split(':');
  return [...all.slice(0, 5), ...(all.length > 5 ? [all.slice(5).join(':')] : [])];
}
