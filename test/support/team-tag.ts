import { AddTagsCommand, ListTagsCommand } from '@aws-sdk/client-cloudtrail';
import type { Account } from './account.ts';

/** The tag `team` of the protected trail, which an outsider sets. */
export const teamTag = (account: Account) => ({
  async set(Value: string): Promise<void> {
    const TagsList = [{ Key: 'team', Value }];
    await account.outsider.send(new AddTagsCommand({ ResourceId: account.trail, TagsList }));
    await account.settled();
  },
  async list() {
    const ResourceIdList = [account.trail];
    const answer = await account.outsider.send(new ListTagsCommand({ ResourceIdList }));
    return answer.ResourceTagList?.[0]?.TagsList?.filter(({ Key }) => Key === 'team') ?? [];
  },
});
