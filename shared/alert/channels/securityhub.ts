import {
  type AwsSecurityFinding,
  BatchImportFindingsCommand,
  SecurityHubClient,
} from '@aws-sdk/client-securityhub';
import { messageOf, nameOf } from '#aws/errors.ts';
import { type Alert, clip, isOpen, type Section } from '../alert.ts';
import { type AlertReach, type Channel, ChannelError } from '../channel.ts';
import { clientSettings } from './client-settings.ts';

/**
 * AWS Security Hub CSPM: one finding per incident in the AWS Security Finding Format, which each alert updates, and archives when the
 * incident is over. An import of the same finding again changes nothing. AWS allows 10 requests a second and 240 KB a finding.
 * Sources: AWS Security Hub User Guide, "BatchImportFindings for finding providers"; AWS Security Hub Partner Integration Guide,
 * "Guidelines for using the BatchImportFindings API"; Service Authorization Reference, "AWS Security Hub".
 */
export const securityhub: Channel<'securityhub'> = {
  name: 'securityhub',

  permissions: (_settings, reach) => [
    { actions: ['securityhub:BatchImportFindings'], resources: [productArn(reach)] },
  ],

  async open(_settings, { topic }) {
    const reach = reachOf(topic);
    return {
      canEdit: true,
      receivesTamperAlerts: true,
      async send(alert, { key }) {
        const finding = findingOf(alert, key, reach);
        const { FailedFindings = [] } = await client
          .send(new BatchImportFindingsCommand({ Findings: [finding] }))
          .catch((cause) => {
            throw new ChannelError(refusal(`${nameOf(cause)}: ${messageOf(cause)}`), { cause });
          });
        for (const { ErrorCode, ErrorMessage } of FailedFindings) {
          throw new ChannelError(refusal(`${ErrorCode}: ${ErrorMessage}`));
        }
        return null;
      },
    };
  },
};

const refusal = (reason: string): string =>
  `Security Hub did not import the finding: ${reason}. Security Hub CSPM must be enabled in the account and Region of trailkeeper`;

/** A finding. An update changes its severity and types, unless a customer changed them; `FindingProviderFields` always has ours. */
export function findingOf(alert: Alert, key: string, reach: Reach): AwsSecurityFinding {
  const { about, severity, title, callToAction, impacts, todo, links } = alert;
  const { account, region, partition } = reach;
  const Severity = { Label: severityLabels[severity], Original: severity } as const;
  const Types = ['TTPs/Defense Evasion'];
  const [link] = links;
  return {
    SchemaVersion: '2018-10-08',
    Id: `trailkeeper/${key}`,
    ProductArn: productArn(reach),
    ProductName: 'trailkeeper',
    CompanyName: 'trailkeeper',
    GeneratorId: 'trailkeeper',
    AwsAccountId: account,
    Region: region,
    CreatedAt: about.startedAt,
    UpdatedAt: about.updatedAt,
    Severity,
    Types,
    FindingProviderFields: { Severity, Types },
    Title: clip(title, 256),
    Description: clip([callToAction, ...linesOf(impacts), ...linesOf(todo)].join('\n'), 1024),
    RecordState: isOpen(alert) ? 'ACTIVE' : 'ARCHIVED',
    Remediation: {
      Recommendation: { Text: clip(callToAction, 512), ...(link && { Url: link.url }) },
    },
    ProductFields: {
      'trailkeeper/incident': clip(alert.id, 1024),
      'trailkeeper/kind': about.kind,
      'trailkeeper/needsAction': String(alert.needsAction),
    },
    Resources: [
      about.trail === null
        ? {
            Type: 'Other',
            Id: `arn:${partition}:cloudformation:${region}:${account}:stack/Trailkeeper`,
          }
        : { Type: 'AwsCloudTrailTrail', Id: about.trail, Partition: partition, Region: region },
    ],
  };
}

type Reach = Pick<AlertReach, 'account' | 'region' | 'partition'> & { readonly partition: 'aws' };

const linesOf = ({ lines }: Section): readonly string[] => lines.slice(0, 5);

/** The default product of an account, for its own findings. */
const productArn = ({ account, region, partition }: Omit<AlertReach, 'topic'>): string =>
  `arn:${partition}:securityhub:${region}:${account}:product/${account}/default`;

/** The function and the topic are in the same account and Region. */
function reachOf(topic: string): Reach {
  const [, partition = '', , region = '', account = ''] = topic.split(':');
  return { partition: partition as 'aws', region, account };
}

const severityLabels = {
  critical: 'CRITICAL',
  high: 'HIGH',
  medium: 'MEDIUM',
  low: 'LOW',
} as const;

const client = new SecurityHubClient(clientSettings);
