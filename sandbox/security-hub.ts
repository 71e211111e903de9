import { arnPrefix } from './home.ts';
import type { Service } from './operation.ts';
import { AwsError, type Call } from './service.ts';
import type { Finding, World } from './world.ts';

/** The part of AWS Security Hub CSPM that imports, updates and reads findings of the default product. */
export const securityHub: Service = {
  BatchImportFindings: {
    needs: (call) => [{ action: 'securityhub:BatchImportFindings', resource: productArn(call) }],
    perform(call, world) {
      const sent = call.input.Findings as readonly Finding[];
      const failed = sent.flatMap((finding) => {
        const problem = problemOf(finding, call);
        if (problem === null) store(finding, world);
        return problem === null
          ? []
          : [{ Id: finding.Id, ErrorCode: 'InvalidInput', ErrorMessage: problem }];
      });
      return {
        FailedCount: failed.length,
        SuccessCount: sent.length - failed.length,
        FailedFindings: failed,
      };
    },
  },
  /** What a customer changes stays. Source: AWS Security Hub API reference, BatchUpdateFindings. */
  BatchUpdateFindings: {
    needs: (call) => [{ action: 'securityhub:BatchUpdateFindings', resource: hubArn(call) }],
    perform({ input }, { findings, findingsOfCustomers }) {
      const { FindingIdentifiers, ...changes } = input as { FindingIdentifiers: readonly Named[] };
      const isKnown = ({ Id }: Named) => findings.has(Id);
      for (const { Id } of FindingIdentifiers.filter(isKnown)) {
        findings.set(Id, { ...findings.get(Id), ...changes });
        findingsOfCustomers.set(Id, { ...findingsOfCustomers.get(Id), ...changes });
      }
      return {
        ProcessedFindings: FindingIdentifiers.filter(isKnown),
        UnprocessedFindings: FindingIdentifiers.filter((one) => !isKnown(one)).map((one) => ({
          FindingIdentifier: one,
          ErrorCode: 'FindingNotFound',
          ErrorMessage: 'Finding Not Found',
        })),
      };
    },
  },
  /** Finds by ID only. */
  GetFindings: {
    needs: (call) => [{ action: 'securityhub:GetFindings', resource: hubArn(call) }],
    perform({ input }, { findings }) {
      const { Id, ...others } = (input.Filters ?? {}) as { Id?: readonly { Value: string }[] };
      if (Id === undefined || Object.keys(others).length > 0) {
        throw new AwsError('NotImplemented', 'GetFindings other than by Id', 501);
      }
      return { Findings: Id.flatMap(({ Value }) => findings.get(Value) ?? []) };
    },
  },
};

type Named = { readonly Id: string };

/**
 * A new finding takes its provider's values for what customers may change; an update of it needs a later `UpdatedAt`, and leaves what a
 * customer changed. Source: AWS Security Hub User Guide, "BatchImportFindings for finding providers".
 */
function store(finding: Finding, { findings, findingsOfCustomers }: World): void {
  const id = String(finding.Id);
  const before = findings.get(id);
  if (before === undefined) {
    const given = { ...pick(finding, shared), ...(finding.FindingProviderFields as Finding) };
    const Workflow = { Status: 'NEW' };
    const defaults = { RecordState: 'ACTIVE', Workflow, FindingProviderFields: given };
    findings.set(id, { ...defaults, ...finding, ...given });
    return;
  }
  if (Date.parse(String(finding.UpdatedAt)) <= Date.parse(String(before.UpdatedAt))) return;
  const given = { ...pick(finding, shared), ...(finding.FindingProviderFields as Finding) };
  const changed = Object.entries(finding).filter(([name]) => !ofCustomers.includes(name));
  findings.set(id, {
    ...before,
    ...given,
    ...Object.fromEntries(changed),
    FindingProviderFields: { ...(before.FindingProviderFields as Finding), ...given },
    ...findingsOfCustomers.get(id),
  });
}

const pick = (finding: Finding, names: readonly string[]): Finding =>
  Object.fromEntries(Object.entries(finding).filter(([name]) => names.includes(name)));

/** What both may set. */
const shared = ['Confidence', 'Criticality', 'RelatedFindings', 'Severity', 'Types'];

/** What only customers may change. */
const ofCustomers = ['Note', 'UserDefinedFields', 'VerificationState', 'Workflow'];

/** Source: AWS Security Hub User Guide, "Required top-level ASFF attributes"; API reference, AwsSecurityFinding. */
function problemOf(finding: Finding, call: Call): string | null {
  const missing = required.find((field) => finding[field] === undefined);
  if (missing !== undefined) return `Finding does not adhere to Amazon Finding Format: ${missing}`;
  if (finding.SchemaVersion !== '2018-10-08') return 'SchemaVersion';
  if (finding.ProductArn !== productArn(call)) return 'ProductArn';
  if (finding.AwsAccountId !== call.principal.accountId) return 'AwsAccountId';
  const tooLong = Object.entries(longest).find(
    ([field, max]) => String(finding[field]).length > max,
  );
  if (tooLong !== undefined) return `${tooLong[0]} is too long`;
  const isTime = (field: string) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(String(finding[field]));
  if (!['CreatedAt', 'UpdatedAt'].every(isTime)) return 'CreatedAt or UpdatedAt';
  const types = finding.Types as readonly string[];
  return types.every((type) => /^[^/]+(\/[^/]+){0,2}$/.test(type)) ? null : 'Types';
}

const required = [
  ...['AwsAccountId', 'CreatedAt', 'Description', 'GeneratorId', 'Id', 'ProductArn', 'Resources'],
  ...['SchemaVersion', 'Severity', 'Title', 'Types', 'UpdatedAt'],
];

const longest = { Title: 256, Description: 1024, Id: 512, GeneratorId: 512 };

const arnOf = ({ region, principal }: Call, resource: string): string =>
  `${arnPrefix}:securityhub:${region}:${principal.accountId}:${resource}`;

const productArn = (call: Call): string =>
  arnOf(call, `product/${call.principal.accountId}/default`);

const hubArn = (call: Call): string => arnOf(call, 'hub/default');
