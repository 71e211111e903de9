/** The prefix of the partition keys that a function may write. */
export const incidentKeys = 'incident#';

/** The prefix of the partition keys of deliveries: the alert function writes these alone. */
export const deliveryKeys = 'delivery#';

/** Stands for the ARN of a trail in rows about trailkeeper itself. */
export const itself = 'trailkeeper';

/** The key of a row of the state table. */
export type RowKey = { readonly pk: string; readonly sk: string };

/** The copies of the versions in force, which also list the trails. */
export const inForceCopyPk = `${incidentKeys}in-force`;

/** The maintenance windows, and the ends of those that were ended early. */
export const windowPk = 'window';
export const windowEndPk = 'window-end';

/** The partitions, beside those of the trails, whose every write is audited. */
export const auditedPartitions: readonly string[] = [windowPk, windowEndPk, inForceCopyPk];

/** The attribute of a row that DynamoDB may delete after that time, in seconds since 1970. Only rows that it is in are deleted. */
export const expiresAt = 'expiresAt';
