/** A review as SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/): what code scanning takes. */
import { createHash } from 'node:crypto';
import { RULES } from '../../plan/index.ts';
import { type Finding, findingsOf, REVIEW_RULES } from './findings.ts';
import type { Review } from './review.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
/** GitHub takes no more in a run. */
export const RESULTS_MAX = 25_000;
const LEVELS = { error: 'error', warning: 'warning', notice: 'note' } as const;
const ALL_RULES: Readonly<Record<string, string>> = { ...RULES, ...REVIEW_RULES };
const RULE_IDS = Object.keys(ALL_RULES);
/** What paths count from. */
const ROOT = '%SRCROOT%';

/** @param version of plan-run. */
export function reviewSarif(review: Review, version: string) {
  const findings = findingsOf(review);
  const cut = findings.length > RESULTS_MAX;
  const results = resultsOf(cut ? findings.slice(0, RESULTS_MAX - 1) : findings);
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'plan-run', version, rules: RULE_IDS.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [ROOT]: { description: { text: 'The top of the repository.' } } },
        results: cut ? [...results, restOf(findings.slice(RESULTS_MAX - 1))] : results,
      },
    ],
  };
}

function ruleOf(id: string) {
  const text = ALL_RULES[id] as string;
  return { id, name: id, shortDescription: { text }, fullDescription: { text }, help: { text } };
}

function resultsOf(findings: readonly Finding[]) {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const { rule, level, message, file, line, column, endLine, endColumn, path } = finding;
    const print = createHash('sha256')
      .update(JSON.stringify([rule, file, path, message]))
      .digest('hex')
      .slice(0, 32);
    const turn = (seen.get(print) ?? 0) + 1;
    seen.set(print, turn);
    return {
      ruleId: rule,
      ruleIndex: RULE_IDS.indexOf(rule),
      level: LEVELS[level],
      message: { text: plain(message) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: uriOf(file), uriBaseId: ROOT },
            region: { startLine: line, startColumn: column, endLine, endColumn },
          },
        },
      ],
      // Lines move, what stands in them does not: code scanning knows a finding again by this.
      partialFingerprints: { 'planRunFinding/v1': `${print}:${turn}` },
    };
  });
}

function restOf(rest: readonly Finding[]) {
  const worst = rest[0]?.level ?? 'notice';
  const files = new Set(rest.map(({ file }) => file)).size;
  const text = `and ${rest.length} more in ${files} files: name the paths of some to see theirs`;
  return { ruleId: 'to-know', ruleIndex: RULE_IDS.indexOf('to-know'), level: LEVELS[worst], message: { text } };
}

/** A relative reference by RFC 3986: whatever a name holds, it is no scheme and no query. */
export function uriOf(file: string): string {
  return file
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/');
}

/** `[text](target)` would be a link, to wherever a plan wants: see 3.11.6 of the standard. */
function plain(text: string): string {
  return text.replaceAll(/\[(?=[^\]]*\]\()/g, '\\[').replaceAll('](', '\\](');
}
