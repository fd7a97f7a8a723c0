import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Registry } from '../../src/contract/index.ts';
import { type Overrides, type Parsed, parsePlan } from '../../src/plan/index.ts';
import { validatePlan } from '../../src/timeline/validate.ts';

const root = fileURLToPath(new URL('../fixtures/plans/', import.meta.url));

/** Names of the plans in a folder of test/fixtures/plans, without their ending. */
export function namesIn(folder: 'accepted' | 'refused'): string[] {
  return readdirSync(root + folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length));
}

export function textOf(folder: 'accepted' | 'refused', name: string): string {
  return readFileSync(`${root}${folder}/${name}.yaml`, 'utf8');
}

/** Parses text as the file `name`.yaml. */
export function parseText(
  text: string | Uint8Array,
  registry: Registry,
  overrides?: Overrides,
  file = 'plan.yaml',
): Parsed {
  return parsePlan({ file, bytes: typeof text === 'string' ? Buffer.from(text) : text }, registry, overrides);
}

/** Everything that `plan-run validate` says of the text as the file `file`, and the plan where it is accepted. */
export function judge(text: string, registry: Registry, file = 'plan.yaml', overrides?: Overrides) {
  const { problems: all, source, ready } = validatePlan({ file, bytes: Buffer.from(text) }, registry, overrides);
  return { all, source, plan: ready?.plan };
}

/** The golden text beside a fixture; UPDATE=1 writes it anew. Undefined where there is none. */
export function golden(folder: 'accepted' | 'refused', name: string, actual: string): string | undefined {
  const path = `${root}${folder}/${name}.txt`;
  if (process.env.UPDATE === '1' && actual !== '') writeFileSync(path, actual);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
