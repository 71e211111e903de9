import { nameOf } from '#aws/errors.ts';

/** Whether an error says that a resource of the deployment does not exist. */
export const isGone = (error: unknown): boolean =>
  [
    'ResourceNotFoundException',
    'NoSuchEntityException',
    'PolicyNotFoundException',
    'StateMachineDoesNotExist',
    'QueueDoesNotExist',
    'AWS.SimpleQueueService.NonExistentQueue',
  ].includes(nameOf(error));
