import { type AwsSecurityFinding, SecurityHub } from '@aws-sdk/client-securityhub';
import { describe, expect, onTestFinished, test } from 'vitest';
import { context, eventually, newName } from '../fixtures.ts';

// AWS Security Hub API model and reference: BatchImportFindings, BatchUpdateFindings, AwsSecurityFinding [M]; user guide:
// "BatchImportFindings for finding providers", "BatchUpdateFindings for customers" [D].

const hub = new SecurityHub({ ...context.connection, region: context.region });
const { accountId, region } = context;
const ProductArn = `arn:aws:securityhub:${region}:${accountId}:product/${accountId}/default`;

const timeAt = (minutes: number): string =>
  new Date(Date.parse('2026-01-01T00:00:00Z') + minutes * 60_000).toISOString();

/** A finding of the account, as it is after so many minutes. */
function findingAt(
  minutes: number,
  Id: string,
  more: Partial<AwsSecurityFinding> = {},
): AwsSecurityFinding {
  return {
    ...{ SchemaVersion: '2018-10-08', ProductArn, AwsAccountId: accountId, Id },
    ...{ GeneratorId: 'trailkeeper-conformance', Title: `after ${minutes}`, Description: '–' },
    ...{ CreatedAt: timeAt(0), UpdatedAt: timeAt(minutes) },
    ...{ Types: ['TTPs/Defense Evasion'], Severity: { Label: 'LOW' } },
    Resources: [{ Type: 'Other', Id: 'trailkeeper-conformance' }],
    ...more,
  };
}

const importing = (...Findings: AwsSecurityFinding[]) => hub.batchImportFindings({ Findings });

/** Imports a finding for one test, and archives it afterwards. */
async function ownFinding(more: Partial<AwsSecurityFinding> = {}): Promise<string> {
  const Id = newName();
  await importing(findingAt(0, Id, more));
  onTestFinished(async () => {
    await importing(findingAt(100_000, Id, { RecordState: 'ARCHIVED' }));
  });
  return Id;
}

/** Waits until the finding is as expected: it is processed for a while. */
const isEventually = (id: string, expected: object) =>
  eventually(async () => {
    const Filters = { Id: [{ Value: id, Comparison: 'EQUALS' as const }] };
    const { Findings } = await hub.getFindings({ Filters });
    expect(Findings).toEqual([expect.objectContaining(expected)]);
  });

const asCustomer = (Id: string, change: object) =>
  hub.batchUpdateFindings({ FindingIdentifiers: [{ Id, ProductArn }], ...change });

describe('BatchImportFindings [D]', () => {
  test('creates a finding, which is active and new, and fills what its provider says', async () => {
    const id = await ownFinding();

    await isEventually(id, {
      ...{ RecordState: 'ACTIVE', Workflow: { Status: 'NEW' } },
      FindingProviderFields: expect.objectContaining({ Types: ['TTPs/Defense Evasion'] }),
    });
  });

  test('updates the finding with the same id, if the update is later', async () => {
    const id = await ownFinding();
    await importing(findingAt(2, id, { RecordState: 'ARCHIVED' }));

    await isEventually(id, { Title: 'after 2', RecordState: 'ARCHIVED' });
  });

  test.each([
    ['earlier', 1],
    ['of the same time', 2],
  ])('accepts an update that is %s, and ignores it', async (_when, minutes) => {
    const id = await ownFinding();
    await importing(findingAt(2, id));
    await isEventually(id, { Title: 'after 2' });

    const { SuccessCount } = await importing(findingAt(minutes, id, { Title: 'ignored' }));
    await importing(findingAt(2, id, { Description: 'ignored' }));

    expect(SuccessCount).toBe(1);
    await isEventually(id, { Title: 'after 2', Description: '–' });
  });

  test('raises the severity of a finding that no customer changed', async () => {
    const id = await ownFinding();
    const Severity = { Label: 'CRITICAL' } as const;
    await importing(findingAt(1, id, { Severity, FindingProviderFields: { Severity } }));

    await isEventually(id, { Severity: expect.objectContaining(Severity) });
  });

  test('reports each finding that it refuses, and imports the others', async () => {
    const id = newName();
    const invalid = findingAt(0, newName(), { CreatedAt: 'yesterday' });
    const { FailedCount, SuccessCount, FailedFindings } = await importing(
      findingAt(0, id, { RecordState: 'ARCHIVED' }),
      invalid,
    );

    expect([FailedCount, SuccessCount]).toEqual([1, 1]);
    expect(FailedFindings).toMatchObject([{ Id: invalid.Id, ErrorCode: 'InvalidInput' }]);
    await isEventually(id, { Title: 'after 0' });
  });

  test('refuses a finding of another account [M]', async () => {
    const { FailedCount } = await importing(
      findingAt(0, newName(), { AwsAccountId: '111111111111' }),
    );

    expect(FailedCount).toBe(1);
  });
});

describe('BatchUpdateFindings [D]', () => {
  test('changes what a later import does not change back', async () => {
    const id = await ownFinding();
    await isEventually(id, { Title: 'after 0' });
    const change = { Workflow: { Status: 'RESOLVED' }, Severity: { Label: 'HIGH' } } as const;
    await asCustomer(id, change);
    await isEventually(id, { Workflow: change.Workflow });

    const Severity = { Label: 'CRITICAL' } as const;
    const Workflow = { Status: 'NEW' } as const;
    await importing(findingAt(1, id, { Severity, Workflow, FindingProviderFields: { Severity } }));

    await isEventually(id, {
      Title: 'after 1',
      Workflow: change.Workflow,
      Severity: expect.objectContaining(change.Severity),
      FindingProviderFields: expect.objectContaining({
        Severity: expect.objectContaining(Severity),
      }),
    });
  });

  test('does not change when the finding was updated [M]', async () => {
    const id = await ownFinding();
    await isEventually(id, { Title: 'after 0' });
    const Note = { Text: 'seen', UpdatedBy: 'alice' };
    await asCustomer(id, { Note });

    await isEventually(id, {
      Note: expect.objectContaining(Note),
      UpdatedAt: expect.stringMatching(/^2026-01-01T00:00:00/),
    });
  });

  test('reports a finding that does not exist [M]', async () => {
    const { ProcessedFindings, UnprocessedFindings } = await asCustomer(newName(), {
      Workflow: { Status: 'RESOLVED' },
    });

    expect(ProcessedFindings).toEqual([]);
    expect(UnprocessedFindings).toMatchObject([{ ErrorCode: 'FindingNotFound' }]);
  });
});
