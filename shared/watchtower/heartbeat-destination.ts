import { type EventBus, eventBus } from '#aws/event-bus.ts';
import type { AccountRegion } from '#aws/resource-names.ts';
import { watchtowerArns } from '#aws/watchtower-arns.ts';
import { kmsSigner, type Signer } from '#baseline/signing/signer.ts';

/** What a sweep needs to reach the watchtower. The code of KMS is loaded on first use. */
export function heartbeatDestination(at: AccountRegion): {
  readonly bus: EventBus;
  readonly signer: Signer;
} {
  const { bus, key } = watchtowerArns(at);
  let opened: Promise<Signer> | null = null;
  const open = async (): Promise<Signer> => {
    opened ??= import('@aws-sdk/client-kms').then(({ KMSClient }) =>
      kmsSigner(new KMSClient({ region: at.region, requestHandler }), key),
    );
    return opened;
  };
  return {
    bus: eventBus(bus),
    signer: {
      publicKey: async () => (await open()).publicKey(),
      sign: async (type, document) => (await open()).sign(type, document),
    },
  };
}

/** In milliseconds. */
const requestHandler = {
  connectionTimeout: 2000,
  requestTimeout: 4000,
  throwOnRequestTimeout: true,
};
