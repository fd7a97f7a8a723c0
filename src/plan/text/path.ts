/** The path of `key` below `parent`, as problems show it: `database.redis`, `faults[0]`, `set["a b"]`. Unique. */
export function childPath(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  if (!/^[\w-]+$/.test(key)) return `${parent}[${JSON.stringify(key)}]`;
  return parent === '' ? key : `${parent}.${key}`;
}

/** The path of what holds the value at `path`; empty for the top. */
export function parentPath(path: string): string {
  const match = /^(.*?)(?:\.?[\w-]+|\[\d+\]|\["(?:[^"\\]|\\.)*"\])$/s.exec(path);
  return match?.[1] ?? '';
}
