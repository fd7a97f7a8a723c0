import { readdirSync, readFileSync } from 'node:fs';

/**
 * The plans of the repository that can be simulated, by file name without its ending: all but those that name the lab; only those with
 * that workload, where one is named.
 */
export function simulatedPlans(workload?: string): string[] {
  const has = (file: string, line: RegExp) => line.test(readFileSync(`plans/${file}`, 'utf8'));
  return readdirSync('plans')
    .filter((file) => !has(file, /^environment: lab\b/m))
    .filter((file) => workload === undefined || has(file, new RegExp(`^  ${workload}: `, 'm')))
    .map((file) => file.replace(/\.yaml$/, ''));
}
