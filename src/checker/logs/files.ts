import type { NodeLog } from '../../contract/index.ts';

/** Whether a log's name, or `node/name`, is one of these: `*` stands for any part of a name. */
export function isWanted({ node, file }: NodeLog, names: readonly string[]): boolean {
  return names.some((name) => {
    const parts = name.split('*').map((part) => part.replaceAll(/[^\w/-]/g, (char) => `\\${char}`));
    return new RegExp(`^${parts.join('[^/]*')}$`).test(name.includes('/') ? `${node}/${file}` : file);
  });
}
