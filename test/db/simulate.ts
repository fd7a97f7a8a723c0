/** A plan, run in the simulator within the test: what was acknowledged, what is lost, and what the nodes said. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secrets } from '../../src/base/secrets.ts';
import { runQuietly } from '../../src/cli/quiet.ts';
import { makeRegistry } from '../../src/cli/registry.ts';
import type { Registry, TraceEntry } from '../../src/contract/index.ts';
import type { Results } from '../../src/executor/index.ts';
import type { Op } from '../../src/history/index.ts';
import { validatePlan } from '../../src/timeline/validate.ts';

export interface Simulated {
  readonly results: Results;
  readonly valid: unknown;
  readonly acknowledged: readonly number[];
  readonly failed: number;
  readonly unknown: number;
  readonly lost: readonly number[];
  readonly trace: readonly TraceEntry[];
  readonly history: readonly Op[];
  readonly text: string;
  readonly error: Error | undefined;
}

const house = makeRegistry();

/** Runs the plan at `file` with `set` as `--set` has it. */
export async function simulate(file: string, seed: number, set: readonly string[] = []): Promise<Simulated> {
  return simulateText(readFileSync(file), seed, set, file);
}

/** The same for a plan's text; with another registry, where somebody wants to look into a run. */
export async function simulateText(
  text: Buffer | string,
  seed: number,
  set: readonly string[] = [],
  file = 'test.yaml',
  registry: Registry = house,
): Promise<Simulated> {
  const bytes = Buffer.from(text);
  const { ready, problems } = validatePlan({ file, bytes }, registry, { set, seed, environment: 'sim' });
  if (ready === undefined) throw new Error(JSON.stringify(problems));
  const { timeline } = ready;
  const trace: TraceEntry[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-model-'));
  try {
    const { results, error, historyPath } = await runQuietly(timeline, registry, {
      secrets: new Secrets({}),
      folder,
      signal: new AbortController().signal,
      trace: (entry) => trace.push(entry),
    });
    const written = readFileSync(historyPath, 'utf8');
    const history = written
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Op);
    return { results, valid: results.valid, ...outcomeOf(history), trace, history, text: written, error };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function outcomeOf(history: readonly Op[]) {
  const adds = history.filter(({ f }) => f === 'add');
  const acknowledged = adds.filter(({ type }) => type === 'ok').map(({ value }) => value as number);
  const last = history.filter(({ f, type }) => f === 'read' && type === 'ok').at(-1)?.value;
  const read = Array.isArray(last) ? (last as number[]) : undefined;
  const kept = new Set(read);
  return {
    acknowledged,
    failed: adds.filter(({ type }) => type === 'fail').length,
    unknown: adds.filter(({ type }) => type === 'info').length,
    lost: read === undefined ? [] : acknowledged.filter((element) => !kept.has(element)).sort((a, b) => a - b),
  };
}

/** Runs a plan, under each of these seeds and with `set` as `--set` has it; each run is made once. @throws what a run ended with. */
export function seeded(
  plan: object,
  usual: readonly number[],
): (set?: readonly string[], seeds?: readonly number[]) => Promise<Simulated[]> {
  const done = new Map<string, Promise<Simulated>>();
  return async (set = [], seeds = usual) => {
    const all: Simulated[] = [];
    for (const seed of seeds) {
      const key = [seed, ...set].join(' ');
      const run = done.get(key) ?? simulateText(JSON.stringify(plan), seed, set);
      done.set(key, run);
      all.push(await run);
    }
    for (const { error } of all) if (error !== undefined) throw error;
    return all;
  };
}
