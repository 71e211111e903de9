import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new folder, which is removed after the test. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a text file, which is removed after the test, and returns its path. */
export async function tempFile(name: string, text: string): Promise<string> {
  const file = join(await tempFolder(), name);
  await writeFile(file, text);
  return file;
}

export const jsonFile = (content: object): Promise<string> =>
  tempFile('document.json', JSON.stringify(content));

/** The variables that give the SDK a profile with this access key ID. */
export async function profile(name: string, accessKeyId: string): Promise<Record<string, string>> {
  const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = any`;
  return { AWS_CONFIG_FILE: await tempFile('config', `[profile ${name}]\n${keys}\n`) };
}
