import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { deployedMails } from './preview/deployed-mails.ts';
import { messages } from './preview/messages.ts';
import { pageOf } from './preview/page.ts';

await new Command('npm run preview-alerts --')
  .description('Writes a page with a sample of every alert, similar to Slack and to e-mail.')
  .option('--out <file>', 'where to write the page', 'preview-alerts.html')
  .action(async ({ out }: { readonly out: string }) => {
    await writeFile(out, pageOf(messages, await deployedMails()));
    console.log(`Open ${pathToFileURL(resolve(out)).href}`);
  })
  .parseAsync();
