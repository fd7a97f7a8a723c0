import type { PlanFile } from './parse-plan.ts';
import { decode } from './text/decode.ts';
import { readYaml } from './text/read.ts';
import { Findings } from './text/source.ts';

/** The plain value of a plan's YAML, whatever it means; undefined where it is none. */
export function writtenValue({ file, bytes }: PlanFile): unknown {
  const decoded = decode(file, bytes);
  return 'problem' in decoded ? undefined : readYaml(decoded.text, new Findings({ file, text: decoded.text }));
}
