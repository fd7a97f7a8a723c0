import type { Call } from '../../src/checker/linearizable/call.ts';
import { type History, pairs } from '../../src/history/index.ts';

/** The calls of a history of one object that may have happened, as they were invoked. */
export function callsOf(history: History): Call[] {
  const calls: Call[] = [];
  for (const { invoke, completion } of pairs(history)) {
    if (completion?.type === 'fail') continue;
    const { f, value, process, index } = invoke;
    const ok = completion?.type === 'ok' ? completion : undefined;
    const complete = ok?.index ?? Number.POSITIVE_INFINITY;
    calls.push({ f, input: value, output: ok?.value, process: process as number, invoke: index, complete });
  }
  return calls.sort((a, b) => a.invoke - b.invoke);
}
