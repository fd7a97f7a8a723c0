import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const GOOD = `plan: 1
database:
  redis:
workload:
  rate: 100/s
  set: { writes: 2000 }
faults:
  - { at: 3s, for: 10s, partition: [[n1, n2], [n3, n4, n5]] }
`;
/** One warning: a fault without an end. */
export const WARNED = GOOD.replace('for: 10s, ', '');
/** Two errors: an unknown database, a rate without a unit. */
export const BAD = GOOD.replace('redis', 'redes').replace('100/s', '100');

/** A folder of its own with the plans good, warned and bad, and whatever else a test puts there. */
export function planFolder(): { path: string; write(name: string, text: string): void; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'plan-run-cli-'));
  const write = (name: string, text: string) => writeFileSync(join(path, name), text);
  write('good.yaml', GOOD);
  write('warned.yaml', WARNED);
  write('bad.yaml', BAD);
  return { path, write, remove: () => rmSync(path, { recursive: true }) };
}
