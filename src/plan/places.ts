import type { Place } from './plan.ts';
import { readYaml } from './text/read.ts';
import { Findings, type PlanSource } from './text/source.ts';

/**
 * Where in a plan's text the key of a path stands; of what the text does not have (a default), the key that it would stand under. The text is
 * read once, by what this returns.
 */
export function placesIn(source: PlanSource): (path: string) => Place {
  const findings = new Findings(source);
  readYaml(source.text, findings);
  return (path) => findings.place(path);
}
