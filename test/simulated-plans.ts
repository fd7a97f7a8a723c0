import { readdirSync, readFileSync } from 'node:fs';

/** The plans of the repository that can be simulated, by file name without its ending: all but those that name the lab. */
export function simulatedPlans(): string[] {
  return readdirSync('plans')
    .filter((file) => !/^environment: lab\b/m.test(readFileSync(`plans/${file}`, 'utf8')))
    .map((file) => file.replace(/\.yaml$/, ''));
}
