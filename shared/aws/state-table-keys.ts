/** The prefix of the partition keys under which incidents are kept: the only ones that a function may write. */
export const incidentKeys = 'incident#';

/** The partition under which a copy of each version in force is kept, and the one of what stood when trailkeeper began to enforce. */
export const seenKey = `${incidentKeys}seen`;
export const gateKey = `${incidentKeys}gate`;

/** The partitions, beside those of the trails themselves, that say what a trail must be, or what keeps a repair back. */
export const signedKeys: readonly string[] = ['current', 'hold', 'released', seenKey, gateKey];
