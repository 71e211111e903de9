import type { Service } from '../service.ts';
import { lookupEvents } from './history.ts';
import { onEachTrail, onEverything, onTrail, toConfigure } from './needs.ts';
import {
  describeTrails,
  getEventConfiguration,
  getEventSelectors,
  getInsightSelectors,
  getTrail,
  getTrailStatus,
  listTags,
  listTrails,
} from './reads.ts';
import { createTrail, deleteTrail, startLogging, stopLogging, updateTrail } from './writes.ts';

/** AWS CloudTrail as far as trails go. What each operation needs follows the Service Authorization Reference. */
export const cloudtrail: Service = {
  CreateTrail: { needs: toConfigure, perform: createTrail },
  UpdateTrail: { needs: toConfigure, perform: updateTrail },
  DeleteTrail: { needs: onTrail('Name'), perform: deleteTrail },
  StartLogging: { needs: onTrail('Name'), perform: startLogging },
  StopLogging: { needs: onTrail('Name'), perform: stopLogging },
  GetTrail: { needs: onTrail('Name'), perform: getTrail },
  DescribeTrails: { needs: onEverything, perform: describeTrails },
  ListTrails: { needs: onEverything, perform: listTrails },
  GetTrailStatus: { needs: onTrail('Name'), perform: getTrailStatus },
  GetEventSelectors: { needs: onTrail('TrailName'), perform: getEventSelectors },
  GetInsightSelectors: { needs: onTrail('TrailName'), perform: getInsightSelectors },
  GetEventConfiguration: { needs: onTrail('TrailName'), perform: getEventConfiguration },
  LookupEvents: { needs: onEverything, perform: lookupEvents },
  ListTags: { needs: onEachTrail, perform: listTags },
};
