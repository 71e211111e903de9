import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { messageOf, nameOf } from '#aws/errors.ts';
import { regionOf } from '#aws/resource-names.ts';
import { alertEventOf } from '../alert-event.ts';
import { type Channel, ChannelError } from '../channel.ts';
import { clientSettings } from './client-settings.ts';

/**
 * An event bus of EventBridge, on which rules route alerts further. The detail is an `AlertEvent`: its `id` is the same whenever an alert is
 * sent again. An entry has at most 256 KB. Source: Amazon EventBridge API reference, PutEvents.
 */
export const eventbridge: Channel<'eventbridge'> = {
  name: 'eventbridge',

  permissions: ({ bus }) => [{ actions: ['events:PutEvents'], resources: [bus] }],

  async open({ bus }) {
    const client = new EventBridgeClient({ ...clientSettings, region: regionOf(bus) });
    return {
      canEdit: false,
      receivesTamperAlerts: true,
      async send(alert, target) {
        const entry = {
          EventBusName: bus,
          Source: 'trailkeeper',
          DetailType: 'Trailkeeper Alert',
          Resources: alert.about.trail === null ? [] : [alert.about.trail],
          Detail: JSON.stringify(alertEventOf(alert, target)),
        };
        const { Entries: [result] = [] } = await client
          .send(new PutEventsCommand({ Entries: [entry] }))
          .catch((cause) => {
            throw refused(bus, `${nameOf(cause)}: ${messageOf(cause)}`, { cause });
          });
        if (result?.ErrorCode) throw refused(bus, `${result.ErrorCode}: ${result.ErrorMessage}`);
        return null;
      },
    };
  },
};

const refused = (bus: string, reason: string, options?: ErrorOptions): ChannelError =>
  new ChannelError(`no event can be put on ${bus}: ${reason}`, options);
