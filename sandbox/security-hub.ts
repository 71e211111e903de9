import { arnPrefix } from './home.ts';
import type { Service } from './operation.ts';
import type { Call } from './service.ts';
import type { Finding } from './world.ts';

/** The part of AWS Security Hub CSPM that imports findings of the default product. */
export const securityHub: Service = {
  BatchImportFindings: {
    needs: (call) => [{ action: 'securityhub:BatchImportFindings', resource: productArn(call) }],
    perform(call, { findings }) {
      const sent = call.input.Findings as readonly Finding[];
      const failed = sent.flatMap((finding) => {
        const problem = problemOf(finding, call);
        if (problem === null) store(finding, findings);
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
};

/**
 * An update needs a later `UpdatedAt`; it does not change the severity and the types that customers may have changed. Source: AWS Security Hub
 * User Guide, "BatchImportFindings for finding providers".
 */
function store(finding: Finding, findings: Map<string, Finding>): void {
  const id = String(finding.Id);
  const before = findings.get(id);
  if (before === undefined) {
    findings.set(id, finding);
    return;
  }
  if (Date.parse(String(finding.UpdatedAt)) <= Date.parse(String(before.UpdatedAt))) return;
  const { Severity: _, Types: __, ...changed } = finding;
  findings.set(id, { ...before, ...changed });
}

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

const productArn = ({ region, principal }: Call): string =>
  `${arnPrefix}:securityhub:${region}:${principal.accountId}:product/${principal.accountId}/default`;
