/** Scripts, and what commands and scripts have changed, in words. */
import { type Argv, scriptOf } from '../scripts.ts';
import { KEY } from '../workloads.ts';
import { type Keyspace, type Moment, writes } from './keyspace.ts';
import type { Refusal } from './protocol.ts';

/** EVAL. A write is refused where the script comes to it; ours have changed nothing before that (scriptVerifyWriteCommandAllow). */
export function evaluate(
  data: Keyspace,
  [, lua, count, ...rest]: Argv,
  moment: Moment,
  refusal: () => Refusal | undefined,
): unknown {
  const keys = Number(count);
  let refused: Refusal | undefined;
  const call = (...argv: string[]) => {
    if (writes(argv)) refused = refusal();
    if (refused !== undefined) throw new Error(refused.error);
    return data.execute(argv, moment);
  };
  try {
    return scriptOf(lua).run(call, rest.slice(0, keys), rest.slice(keys));
  } catch (error) {
    if (refused === undefined) throw error;
    return refused;
  }
}

/** The element that was added to the workloads' set, if that is what was done. */
export function elementOf([effect]: readonly Argv[]): number | undefined {
  return effect?.[0] === 'SADD' && effect[1] === KEY ? Number(effect[2]) : undefined;
}

/** The element by itself; of other data the commands. */
export function worded(effects: readonly Argv[]): string {
  return `${elementOf(effects) ?? effects.map((argv) => argv.join(' ')).join('; ')}`;
}
