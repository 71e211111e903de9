import { dependencyKind } from '#deployment/dependencies.ts';
import type { Answers } from './answers.ts';
import type { WrittenConfig } from './config-file.ts';

/** The commands that follow `init`. */
export function nextSteps(
  config: WrittenConfig,
  { key }: Pick<Answers, 'key'> = { key: { kind: 'kept' } },
): readonly string[] {
  const { dependencies = [], dependencyAccounts = [], watchtower } = config;
  const kinds = new Set(dependencies.filter(({ restore }) => restore).map(dependencyKind));
  const profiles = dependencyAccounts.map(({ account }) => `PROFILE_OF_${account}`);
  const capture = [
    'capture --all',
    ...keyFile(key),
    ...(kinds.size > 0 ? [`--restore ${[...kinds].join(' ')}`] : []),
    ...profiles.map((profile) => `--dependency-profile ${profile}`),
  ];
  return [
    'deploy',
    ...dependencyAccounts.map(
      ({ account }, i) => `deploy --dependencies ${account} --profile ${profiles[i]}`,
    ),
    ...(watchtower === undefined
      ? []
      : [`deploy --watchtower --profile PROFILE_OF_${watchtower.account}`]),
    capture.join(' '),
  ].map((command) => `  npx --no -- trailkeeper ${command}`);
}

function keyFile(key: Answers['key']): readonly string[] {
  const file = key.kind === 'existing' ? key.key : key.kind === 'new' ? key.where : 'kms';
  return file === 'kms' || file.startsWith('arn:') ? [] : [`--signing-key ${file}`];
}
