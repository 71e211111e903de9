/** The prefix of the partition keys under which incidents are kept: the only ones that a function may write. */
export const incidentKeys = 'incident#';

/** The partition under which a copy of each version in force is kept, and the one of what stood when trailkeeper began to enforce. */
export const inForceCopyPk = `${incidentKeys}seen`;
export const gateKey = `${incidentKeys}gate`;

/** The partitions, beside those of the trails themselves, that say what a trail must be, or what keeps a repair back. */
export const auditedPartitions: readonly string[] = [
  'current',
  'hold',
  'released',
  inForceCopyPk,
  gateKey,
];
