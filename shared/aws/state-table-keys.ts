/** The prefix of the partition keys that a function may write. */
export const incidentKeys = 'incident#';

/** The copies of the versions in force, which also list the trails. */
export const inForceCopyPk = `${incidentKeys}in-force`;
export const gateKey = `${incidentKeys}gate`;

/** The maintenance windows, and the ends of those that were ended early. */
export const windowPk = 'window';
export const windowEndPk = 'window-end';

/** The partitions, beside those of the trails, whose every write is audited. */
export const auditedPartitions: readonly string[] = [windowPk, windowEndPk, inForceCopyPk, gateKey];
