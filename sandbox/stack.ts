import type { AccountRegion } from './account-region.ts';

/** A deployed stack. */
export type Stack = {
  readonly name: string;
  readonly place: AccountRegion;
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, string>>;
  /** The template that the caller sent; absent if the sandbox deployed the stack at its start. */
  readonly source?: string;
  /** The result of GetTemplateSummary. */
  readonly metadata: object;
};

/** A resource of a deployed stack. Its properties contain no intrinsic functions. */
export type Resource = {
  readonly logicalId: string;
  readonly type: string;
  /** The result of `Ref`: the URL of a queue, the ARN of a topic, otherwise the name. */
  readonly name: string;
  readonly arn: string;
  readonly properties: Properties;
  /** The folder of the asset, or null. */
  readonly asset: string | null;
};

// biome-ignore lint/suspicious/noExplicitAny: a template is data of any shape; a wrong guess fails the deployment
export type Properties = any;
