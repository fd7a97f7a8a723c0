import type { Call } from '../call.ts';
import { crashed, type Model, type ModelOptions, odd, textOf, unknownOperation } from '../model.ts';

/**
 * One register: `write` v, `read` null -> v, and, where it has one, `cas` [old, new], which is ok only where the register is
 * `old` (knossos.model/register, cas-register). Begins as null.
 */
export function register({ initial, nilRead }: ModelOptions, cas: boolean): Model<unknown> {
  const name = cas ? 'cas-register' : 'register';
  const known = cas ? ['read', 'write', 'cas'] : ['read', 'write'];
  /** The value it leaves; of a read the one that it saw. */
  const result = ({ f, input, output }: Call) => (f === 'read' ? output : f === 'cas' ? (input as Pair)[1] : input);
  /** What it must find, as text. */
  const expects = ({ f, input, output }: Call) => textOf(f === 'read' ? output : (input as Pair)[0]);
  return {
    name,
    initial: initial ?? null,
    accept(call) {
      if (!known.includes(call.f)) unknownOperation(call, name, known);
      if (call.f === 'read') {
        const says = !crashed(call) && (nilRead === 'absent' || (call.output ?? null) !== null);
        return says ? [{ ...call, input: null, output: call.output ?? null }] : [];
      }
      if (call.f === 'cas' && !isPair(call.input)) odd(call, `has no [old, new]: ${textOf(call.input)}`);
      return [{ ...call, output: undefined }];
    },
    step: (state, call) => (call.f === 'write' || textOf(state) === expects(call) ? result(call) : undefined),
    key: textOf,
    tell: textOf,
    needs: (call) => (call.f === 'write' ? 'nothing' : `the register to be ${expects(call)}`),
    looks: ({ f }) => f === 'read',
    helps: (_, call, other) => textOf(result(other)) === expects(call),
  };
}

type Pair = readonly [unknown, unknown];

function isPair(value: unknown): value is Pair {
  return Array.isArray(value) && value.length === 2;
}
