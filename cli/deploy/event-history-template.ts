import { writeFileSync } from 'node:fs';
import { names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import { eventHistoryTemplate } from '#deployment/event-history-template.ts';

/** Writes the template of the role that reads event history in member accounts. Returns what to do with it. */
export function writeEventHistoryTemplate(
  file: string,
  { account, region }: Deployment,
): readonly string[] {
  writeFileSync(file, `${JSON.stringify(eventHistoryTemplate(account), null, 2)}\n`);
  return [
    `The template of the role ${names.eventHistory} is in ${file}.`,
    'To deploy it in every member account, now and later:',
    '  aws cloudformation create-stack-set --capabilities CAPABILITY_NAMED_IAM \\',
    `    --stack-set-name ${names.eventHistory} --template-body file://${file} \\`,
    '    --permission-model SERVICE_MANAGED \\',
    '    --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false',
    '  aws cloudformation create-stack-instances \\',
    `    --stack-set-name ${names.eventHistory} --regions ${region} \\`,
    '    --deployment-targets OrganizationalUnitIds=ROOT',
    'ROOT is the Id that this prints: aws organizations list-roots',
  ];
}
