import { EXIT } from '../base/errors.ts';
import type { Finding } from '../contract/index.ts';
import { makeRegistry } from './registry.ts';

/** `plan-run doctor`: every prerequisite of every environment. @returns 0, or 69 where one is missing. */
export async function doctorCommand(): Promise<number> {
  const registry = makeRegistry();
  let complete = true;
  for (const environment of registry.environments.values()) {
    const findings = await environment.doctor([...registry.databases.values()]);
    complete &&= findings.every((finding) => finding.ok);
    process.stdout.write(`${[environment.name, ...findings.map(line)].join('\n')}\n`);
  }
  return complete ? EXIT.expected : EXIT.unavailable;
}

function line({ what, ok, found, remedy }: Finding): string {
  const text = `  ${ok ? 'ok     ' : 'MISSING'}  ${what.padEnd(28)}  ${found}`;
  return ok || remedy === undefined ? text : `${text}\n           supply it:  ${remedy}`;
}
