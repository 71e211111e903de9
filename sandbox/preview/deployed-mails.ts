import { home } from '../home.ts';
import { deployment } from '../seed.ts';
import { synthesize } from '../synth.ts';
import { deployTemplates } from '../template.ts';
import type { PreviewedMail } from './page.ts';

/** The e-mails of the alarms that the templates have, with the text that CloudWatch takes from each. */
export async function deployedMails(): Promise<readonly PreviewedMail[]> {
  const cdkOut = await synthesize({ ...deployment, mode: 'enforce' });
  return deployTemplates(cdkOut, home)
    .flatMap(({ resources }) => resources)
    .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
    .map(({ name, properties }) => ({
      subject: `ALARM: "${name}" in US East (N. Virginia)`,
      text: String(properties.AlarmDescription),
    }));
}
