import { writeFileSync } from 'node:fs';
import { names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import { eventHistoryTemplate } from '#deployment/event-history-template.ts';
import { answerIn } from '../context.ts';
import type { ExitCode } from '../exit-code.ts';
import type { GlobalOptions } from '../options.ts';

/** Writes the template of the role that reads event history in member accounts, and says what to do with it. */
export async function writeEventHistoryTemplate(
  file: string,
  { account, region, mode }: Deployment,
  { json }: Pick<GlobalOptions, 'json'>,
): Promise<ExitCode> {
  writeFileSync(file, `${JSON.stringify(eventHistoryTemplate(account), null, 2)}\n`);
  answerIn(json)({ mode, deployed: [] }, () => [
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
  ]);
  return 0;
}
