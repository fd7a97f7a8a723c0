import type { Grudge } from './environment.ts';
import { CLIENTS } from './nodes.ts';

/** Who is cut off from whom: groups that cannot reach each other, or one direction. Endpoints as in `Grudge`. */
export type Cut =
  | { readonly groups: readonly (readonly string[])[] }
  | { readonly from: readonly string[]; readonly to: readonly string[] };

/**
 * Who must drop whose packets. Of groups: everybody in a group drops what comes from those in other groups, unless
 * some group holds both, so that overlapping groups make a bridge (jepsen.nemesis/bridge). Quadratic in endpoints.
 */
export function grudgeOf(cut: Cut): Grudge {
  const everyone = 'from' in cut ? [...new Set(cut.to)] : [...new Set(cut.groups.flat())];
  const entries = everyone.map((endpoint): [string, string[]] => {
    const heard = 'from' in cut ? cut.from : everyone.filter((other) => !together(cut.groups, endpoint, other));
    return [endpoint, [...new Set(heard)].filter((other) => canTalk(endpoint, other))];
  });
  return Object.fromEntries(entries.filter(([, others]) => others.length > 0));
}

/** The sides of a cut: its groups, or who sends and who does not hear it. */
export function sidesOf(cut: Cut): readonly (readonly string[])[] {
  return 'from' in cut ? [cut.from, cut.to] : cut.groups;
}

/** The same cut with other endpoints: resolved ones, say, in place of selectors. */
export function mapCut(cut: Cut, change: (side: readonly string[]) => readonly string[]): Cut {
  return 'from' in cut ? { from: change(cut.from), to: change(cut.to) } : { groups: cut.groups.map(change) };
}

/** Puts the clients of every home on their home's side; leaves a cut as it is that places `clients` itself. */
export function withClients(cut: Cut): Cut {
  if (sidesOf(cut).flat().some(isClients)) return cut;
  return mapCut(cut, (side) => [...side, ...side.map((node) => `${CLIENTS}@${node}`)]);
}

function together(groups: readonly (readonly string[])[], a: string, b: string): boolean {
  return groups.some((group) => group.includes(a) && group.includes(b));
}

/** Nobody talks to itself over the network, and clients do not talk to each other. */
function canTalk(a: string, b: string): boolean {
  return a !== b && !(isClients(a) && isClients(b));
}

/** Whether the endpoint is `clients` or `clients@<node>`. */
export function isClients(endpoint: string): boolean {
  return endpoint === CLIENTS || endpoint.startsWith(`${CLIENTS}@`);
}

/** The node of `clients@<node>`; undefined for every other endpoint. */
export function homeOf(endpoint: string): string | undefined {
  return endpoint.startsWith(`${CLIENTS}@`) ? endpoint.slice(CLIENTS.length + 1) : undefined;
}
