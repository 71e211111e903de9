import type { Service } from '../operation.ts';
import { putEventConfiguration } from './aggregation.ts';
import { delegationNeeds, deregisterDelegate, registerDelegate } from './delegation.ts';
import { lookupEvents } from './history.ts';
import { putInsightSelectors } from './insights.ts';
import { listPublicKeys } from './log-files/signing-keys.ts';
import { changeNeeds, configurationNeeds, onAllResources, onEachTrail, onTrail } from './needs.ts';
import {
  describeTrails,
  getEventConfiguration,
  getEventSelectors,
  getInsightSelectors,
  getTrail,
  getTrailStatus,
  listTrails,
} from './reads.ts';
import { putEventSelectors } from './selectors.ts';
import { addTags, listTags, removeTags } from './tagging.ts';
import { createTrail, deleteTrail, startLogging, stopLogging, updateTrail } from './writes.ts';

/** The part of AWS CloudTrail that manages trails. Permissions follow the Service Authorization Reference. */
export const cloudtrail: Service = {
  CreateTrail: { needs: configurationNeeds, perform: createTrail },
  UpdateTrail: { needs: configurationNeeds, perform: updateTrail },
  DeleteTrail: { needs: changeNeeds('Name'), perform: deleteTrail },
  StartLogging: { needs: changeNeeds('Name'), perform: startLogging },
  StopLogging: { needs: changeNeeds('Name'), perform: stopLogging },
  GetTrail: { needs: onTrail('Name'), perform: getTrail },
  DescribeTrails: { needs: onAllResources, perform: describeTrails },
  ListTrails: { needs: onAllResources, perform: listTrails },
  GetTrailStatus: { needs: onTrail('Name'), perform: getTrailStatus },
  PutEventSelectors: { needs: changeNeeds('TrailName'), perform: putEventSelectors },
  PutInsightSelectors: { needs: onTrail('TrailName'), perform: putInsightSelectors },
  PutEventConfiguration: { needs: changeNeeds('TrailName'), perform: putEventConfiguration },
  AddTags: { needs: onTrail('ResourceId'), perform: addTags },
  RemoveTags: { needs: onTrail('ResourceId'), perform: removeTags },
  GetEventSelectors: { needs: onTrail('TrailName'), perform: getEventSelectors },
  GetInsightSelectors: { needs: onTrail('TrailName'), perform: getInsightSelectors },
  GetEventConfiguration: { needs: onTrail('TrailName'), perform: getEventConfiguration },
  RegisterOrganizationDelegatedAdmin: { needs: delegationNeeds, perform: registerDelegate },
  DeregisterOrganizationDelegatedAdmin: { needs: delegationNeeds, perform: deregisterDelegate },
  LookupEvents: { needs: onAllResources, perform: lookupEvents },
  ListTags: { needs: onEachTrail, perform: listTags },
  ListPublicKeys: { needs: onAllResources, perform: listPublicKeys },
};
