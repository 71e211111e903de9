import type { Service } from '../operation.ts';
import { putEventConfiguration } from './aggregation.ts';
import { deregisterDelegate, registerDelegate, toDelegate } from './delegation.ts';
import { lookupEvents } from './history.ts';
import { putInsightSelectors } from './insights.ts';
import { onEachTrail, onEverything, onTrail, toChange, toConfigure } from './needs.ts';
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
  CreateTrail: { needs: toConfigure, perform: createTrail },
  UpdateTrail: { needs: toConfigure, perform: updateTrail },
  DeleteTrail: { needs: toChange('Name'), perform: deleteTrail },
  StartLogging: { needs: toChange('Name'), perform: startLogging },
  StopLogging: { needs: toChange('Name'), perform: stopLogging },
  GetTrail: { needs: onTrail('Name'), perform: getTrail },
  DescribeTrails: { needs: onEverything, perform: describeTrails },
  ListTrails: { needs: onEverything, perform: listTrails },
  GetTrailStatus: { needs: onTrail('Name'), perform: getTrailStatus },
  PutEventSelectors: { needs: toChange('TrailName'), perform: putEventSelectors },
  PutInsightSelectors: { needs: onTrail('TrailName'), perform: putInsightSelectors },
  PutEventConfiguration: { needs: toChange('TrailName'), perform: putEventConfiguration },
  AddTags: { needs: onTrail('ResourceId'), perform: addTags },
  RemoveTags: { needs: onTrail('ResourceId'), perform: removeTags },
  GetEventSelectors: { needs: onTrail('TrailName'), perform: getEventSelectors },
  GetInsightSelectors: { needs: onTrail('TrailName'), perform: getInsightSelectors },
  GetEventConfiguration: { needs: onTrail('TrailName'), perform: getEventConfiguration },
  RegisterOrganizationDelegatedAdmin: { needs: toDelegate, perform: registerDelegate },
  DeregisterOrganizationDelegatedAdmin: { needs: toDelegate, perform: deregisterDelegate },
  LookupEvents: { needs: onEverything, perform: lookupEvents },
  ListTags: { needs: onEachTrail, perform: listTags },
};
