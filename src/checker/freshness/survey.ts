import { type History, isKeyed, keyed, nameOfKey, pairs, withPlainNames } from '../../history/index.ts';
import { Register } from './register.ts';

/**
 * The registers of a history by the names of their keys (`undefined` where there is one, without a key), and the first operation, in
 * words, whose value is not as an operation of its kind has it.
 */
export function registersOf(
  history: History,
  initial: unknown,
): { registers: Map<string | undefined, Register>; odd: string | undefined } {
  const registers = new Map<string | undefined, Register>();
  const withKeys = isKeyed(history);
  let odd: string | undefined;
  for (const { invoke, completion } of pairs(history)) {
    const { f } = invoke;
    if (completion?.type === 'fail') continue;
    const ok = completion?.type === 'ok';
    const asked = withKeys ? keyed(invoke.value) : ([undefined, invoke.value] as const);
    const told = withKeys ? keyed(completion?.value) : ([undefined, completion?.value] as const);
    const name = asked?.[0] === undefined ? undefined : nameOfKey(asked[0]);
    const register = registers.get(name) ?? new Register(initial);
    registers.set(name, register);
    const begin = { index: invoke.index, time: invoke.time ?? 0 };
    const end = ok ? { index: completion.index, time: completion.time ?? 0 } : undefined;
    const input = asked?.[1];
    const output = told?.[1];
    if (f === 'write') register.write(input, begin, end);
    else if (f === 'increment') register.write(ok ? output : undefined, begin, end);
    else if (f === 'cas') {
      if (!Array.isArray(input) || input.length !== 2) {
        odd ??= `the value of cas ${invoke.index} is not [old, new]`;
        continue;
      }
      register.write(input[1], begin, end);
      if (end !== undefined) register.read(input[0], begin, end);
    } else if (f === 'read') {
      if (end !== undefined) register.read(output, begin, end);
    } else if (f === 'read-node') {
      if (end === undefined) continue;
      if (!Array.isArray(output) || output.length !== 2)
        odd ??= `the value of read-node ${end.index} is not [node, value]`;
      else register.read(output[1], begin, end, String(output[0]));
    } else odd ??= `operation ${invoke.index} is a ${f}: not one of a register`;
  }
  return { registers: withPlainNames(registers), odd };
}
