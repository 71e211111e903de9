import * as cdk from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type Deployment, parseDeployment } from '#deployment/config.ts';
import { eventHistoryTemplate } from '#deployment/event-history-template.ts';
import { factsInTemplate, type SelfCheckFacts } from '#deployment/expected-deployment.ts';
import { codeSha256, type FunctionFiles, zipOf } from '#infra/bundle.ts';
import { ForwarderStack } from '#infra/forwarder-stack.ts';
import { templatesOf } from '#infra/templates.ts';
import { TrailkeeperStack } from '#infra/trailkeeper-stack.ts';
import type { Mode } from '#reconcile/outcome.ts';
import { dependenciesTemplate } from './dependencies-template.ts';
import {
  account,
  addParameters,
  approvers,
  configurationText,
  mainRegion,
  valuesOf,
} from './template-parameters.ts';

export type StaticTemplates = {
  readonly templates: Readonly<Record<string, object>>;
  /** The zips of functions by file name, which is the hash of their content. */
  readonly zips: ReadonlyMap<string, Uint8Array>;
};

/**
 * The templates of a release, for those who deploy without the CDK: the main stack, one for each mode, because the roles and what the
 * self-check expects of them differ; and the stack that forwards events from another Region. What `init` asks are parameters.
 */
export function staticTemplates(filesOf: (name: string) => FunctionFiles): StaticTemplates {
  const zips = new Map<string, Uint8Array>();
  const app = new cdk.App({ analyticsReporting: false });
  const mains = (['observe', 'enforce'] as const).map((mode) => ({
    name: `trailkeeper-${mode}`,
    stack: mainStack(app, mode, { filesOf, zips }),
  }));
  const topology = { account, region: mainRegion, homeRegions: [cdk.Aws.REGION] };
  const forwarder = new ForwarderStack(app, 'Forwarder', {
    ...withoutBootstrap(),
    topology: { ...topology, delegatedAdministrators: [] },
    env: { account, region: cdk.Aws.REGION },
  });
  const named = [...mains, { name: 'trailkeeper-forwarder', stack: forwarder }];
  const templates = templatesOf(
    app,
    named.map(({ stack }) => stack),
  );
  return {
    templates: {
      ...Object.fromEntries(named.map(({ name }, i) => [name, templates[i]])),
      'trailkeeper-dependencies': dependenciesTemplate(),
      'trailkeeper-event-history': eventHistoryTemplate(null),
    },
    zips,
  };
}

type Zips = {
  readonly filesOf: (name: string) => FunctionFiles;
  readonly zips: Map<string, Uint8Array>;
};

/** The CDK's interface and class differ in optional properties. */
const withoutBootstrap = () => ({
  synthesizer: new cdk.DefaultStackSynthesizer({
    generateBootstrapVersionRule: false,
  }) as cdk.IStackSynthesizer,
});

function mainStack(app: cdk.App, mode: Mode, { filesOf, zips }: Zips): cdk.Stack {
  let known: object = {};
  let code = '';
  const stack = new TrailkeeperStack(app, mode, {
    ...withoutBootstrap(),
    deployment: deploymentOf(mode),
    configuration: configurationText,
    bundle(name, facts) {
      const inCode = withoutParameters(facts);
      const zip = zipOf(filesOf(name), inCode);
      const sha256 = codeSha256(zip);
      const file = `${Buffer.from(sha256, 'base64').toString('hex')}.zip`;
      zips.set(file, zip);
      if (name === 'self-check') [known, code] = [inCode, sha256];
      return { code: new UploadedCode(file), sha256 };
    },
    env: { region: mainRegion },
  });
  stack.templateOptions.metadata = { [factsInTemplate]: JSON.stringify({ facts: known, code }) };
  addParameters(stack);
  return stack;
}

/** The facts that no parameter changes; only the self-check has them. */
function withoutParameters(facts: object): object {
  const { roles, code, sweepEvery, reservedConcurrency } = facts as Partial<SelfCheckFacts>;
  return roles === undefined ? {} : { roles, code, sweepEvery, reservedConcurrency };
}

/** A configuration that stands for every value of the parameters. */
function deploymentOf(mode: Mode): Deployment {
  const placeholder = {
    mode: 'observe',
    account: '111122223333',
    region: mainRegion,
    channels: { slack: {} },
    approvers: ['arn:aws:iam::111122223333:role/placeholder'],
  };
  return {
    ...parseDeployment(placeholder),
    mode,
    account,
    // Forwarders may be in any Region: the self-check may read their resources by name.
    homeRegions: [mainRegion, '*'],
    trails: valuesOf('Trails') as Deployment['trails'],
    approvers,
  };
}

/** Code that someone uploads to a bucket before the deployment. */
class UploadedCode extends lambda.Code {
  readonly isInline = false;
  readonly #file: string;

  constructor(file: string) {
    super();
    this.#file = file;
  }

  override bind(): lambda.CodeConfig {
    const objectKey = `${cdk.Fn.ref('CodePrefix')}${this.#file}`;
    return { s3Location: { bucketName: cdk.Fn.ref('CodeBucket'), objectKey } };
  }
}
