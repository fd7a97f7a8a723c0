import type { Draft } from '../read-plan.ts';
import { childPath } from '../text/path.ts';
import type { Findings } from '../text/source.ts';

/** Settings may hold `${env:NAME}`, which the run replaces; what looks like it and is not would reach the database as it is. */
export function checkSecrets(
  { environment, database, workload, faults, checkers = [] }: Draft,
  findings: Findings,
): void {
  for (const use of [environment, database, workload, ...faults.flatMap((fault) => fault.choices), ...checkers]) {
    if (use !== undefined) checkStrings(use.given, use.path, findings);
  }
}

function checkStrings(value: unknown, path: string, findings: Findings): void {
  if (typeof value === 'string') {
    const malformed = /\$\{(?!env:[A-Za-z_][A-Za-z0-9_]*\})([^}]*)(\}?)/.exec(value);
    if (malformed === null) return;
    const [all, inside = '', close] = malformed;
    const name = /^(?:env[:.])?\s*([A-Za-z_]\w*)\s*$/.exec(inside)?.[1];
    const what = close === '' ? `"${all}" is not closed` : `"${all}" is not \${env:NAME}`;
    const hint = name === undefined ? 'NAME is letters, digits and _' : `did you mean "\${env:${name}}"?`;
    findings.add({ rule: 'malformed-secret', path, message: what, hint });
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkStrings(item, childPath(path, index), findings);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) checkStrings(item, childPath(path, key), findings);
  }
}
