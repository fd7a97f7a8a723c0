/** `plan-run nodes ...`: the nodes by hand. */
import { EXIT } from '../base/errors.ts';
import type { NodeStatus } from '../contract/index.ts';
import { environments } from '../env/index.ts';
import { listen } from './ending.ts';
import { nodesNamed, withOperator } from './operator.ts';
import type { PlaceOptions, SetupOptions, StatusOptions } from './tasks.ts';

export function setupCommand(words: readonly string[], options: SetupOptions): Promise<number> {
  return withOperator({ ...options, wanted: words }, async (operator) => {
    await operator.setup(nodesNamed(words, operator), options.for);
    return EXIT.expected;
  });
}

/** @returns 0, or 69 where a node is not ready. */
export function statusCommand(words: readonly string[], options: StatusOptions): Promise<number> {
  return withOperator({ ...options, looks: true, quiet: true }, async (operator) => {
    const found = await operator.status(nodesNamed(words, operator));
    process.stdout.write(
      options.json ? `${JSON.stringify(found, null, 2)}\n` : `${found.map(statusText).join('\n')}\n`,
    );
    return found.every(({ ready }) => ready) ? EXIT.expected : EXIT.unavailable;
  });
}

export function rebootCommand(words: readonly string[], options: PlaceOptions): Promise<number> {
  return withOperator(options, async (operator) => {
    await operator.reboot(nodesNamed(words, operator));
    return EXIT.expected;
  });
}

export function shutdownCommand(words: readonly string[], options: PlaceOptions): Promise<number> {
  return withOperator(options, async (operator) => {
    await operator.shutdown(nodesNamed(words, operator));
    return EXIT.expected;
  });
}

/** Keeps a lab, in its own namespaces, until it is over. */
export async function keepCommand(socket: string, milliseconds: string, nodes: readonly string[]): Promise<number> {
  const lab = environments.find(({ name }) => name === 'lab');
  const inside = await lab?.relaunch?.(process.argv.slice(1));
  if (inside !== undefined) return inside;
  const stop = new AbortController();
  listen(stop);
  const { keepLab } = await import('../env/lab/keep.ts');
  await keepLab(socket, nodes, Number(milliseconds), stop.signal);
  return EXIT.expected;
}

function statusText({ node, ready, address, lines, held }: NodeStatus): string {
  const head = `${node}  ${ready ? 'ready' : 'NOT READY'}${address === undefined ? '' : `  ${address}`}`;
  const below = [...lines, ...(held === undefined ? [] : [`held ${held}`])];
  return [head, ...below.map((line) => `    ${line}`)].join('\n');
}
