import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { NodeLog } from '../contract/index.ts';

/** The folder of one run: `store/<plan>/<UTC time>/`. Everything in it is a file that a person can read. */
export interface Store {
  readonly folder: string;
  path(name: string): string;
  write(name: string, text: string): void;
  /** The folder for a node's logs; made when asked for. */
  nodeFolder(node: string): string;
  /** Points `store/<plan>/latest` and `store/latest` here. */
  link(): void;
}

/** Makes the folder of a run that begins at `start`; a second run in the same millisecond gets one of its own. */
export function makeStore(root: string, plan: string, start: Date): Store {
  const stamp = start.toISOString().replaceAll(':', '').replace('.', '');
  mkdirSync(join(root, plan), { recursive: true });
  const name = ownFolder(join(root, plan), stamp);
  const folder = join(root, plan, name);
  return {
    folder,
    path: (file) => join(folder, file),
    write: (file, text) => writeFileSync(join(folder, file), text),
    nodeFolder(node) {
      const path = join(folder, 'nodes', node);
      mkdirSync(path, { recursive: true });
      return path;
    },
    link() {
      relink(join(root, plan, 'latest'), name);
      relink(join(root, 'latest'), join(plan, name));
    },
  };
}

/** The nodes' logs in the folder of a run that is over, by node and name; none where it has none. */
export function storedLogs(folder: string): NodeLog[] {
  const namesIn = (path: string) => {
    try {
      return readdirSync(path).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    } catch {
      return [];
    }
  };
  return namesIn(join(folder, 'nodes')).flatMap((node) =>
    namesIn(join(folder, 'nodes', node)).map((file) => ({ node, file, path: join(folder, 'nodes', node, file) })),
  );
}

function ownFolder(parent: string, stamp: string): string {
  for (let attempt = 0; ; attempt++) {
    const name = attempt === 0 ? stamp : `${stamp}-${attempt}`;
    try {
      mkdirSync(join(parent, name));
      return name;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/**
 * In one step: runs that end together point it at one of them. Windows lets everybody make junctions, which are
 * absolute, but renames none over another.
 */
function relink(path: string, target: string): void {
  const fresh = `${path}.${process.pid}`;
  rmSync(fresh, { force: true });
  const windows = process.platform === 'win32';
  if (windows) rmSync(path, { force: true });
  symlinkSync(windows ? resolve(dirname(path), target) : target, fresh, 'junction');
  renameSync(fresh, path);
}
