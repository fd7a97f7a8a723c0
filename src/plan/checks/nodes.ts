import {
  CLIENTS,
  DRAWN_SELECTORS,
  isDrawnSelector,
  isRunSelector,
  RUN_SELECTORS,
  selectorSize,
} from '../../contract/index.ts';
import { allCheckers } from '../blocks.ts';
import { nearest } from '../guess.ts';
import type { Draft } from '../read-plan.ts';
import type { Findings } from '../text/source.ts';
import { offerOf } from './modules.ts';
import { type Ref, refsOf } from './refs.ts';

/** Each node and selector that a module's settings name: there is such a one, and it can be meant here. */
export function checkNodes(draft: Draft, findings: Findings): void {
  const { nodes, environment, database, workload, faults, checkers = [] } = draft;
  if (nodes === undefined) return;
  const uses = [environment, database, workload, ...faults.flatMap((fault) => fault.choices), ...allCheckers(checkers)];
  for (const use of uses) {
    if (use === undefined) continue;
    const refs = [...refsOf(use.module.settings, use.given, use.path)];
    for (const ref of refs) {
      checkName(ref, nodes, findings);
      checkMatch(ref, nodes, findings);
      if (isRunSelector(ref.name) && database !== undefined) {
        const { has, hint = 'name a node, or a selector such as "one"' } = offerOf(draft, 'primaries');
        const message = `"${ref.name}" asks for the primary, but ${database.name} has none`;
        if (!has) findings.add({ rule: 'no-primary', path: ref.path, message, hint });
      }
    }
    checkGroups(refs, nodes, findings);
  }
}

function checkName({ name, format, path }: Ref, nodes: readonly string[], findings: Findings): void {
  if (nodes.includes(name) || isDrawnSelector(name) || isRunSelector(name)) return;
  if (name === CLIENTS && format === 'endpoint') return;
  if (name === CLIENTS) {
    const message = 'this fault is done to nodes; it cannot be done to the clients';
    findings.add({ rule: 'unreachable-target', path, message, hint: 'a partition can cut clients off' });
    return;
  }
  const selectors = [...Object.keys(DRAWN_SELECTORS), ...Object.keys(RUN_SELECTORS), CLIENTS];
  const guess = nearest(name, [...nodes, ...selectors]);
  const own = `the nodes are ${nodes.length > 12 ? `${nodes[0]} to ${nodes.at(-1)}` : nodes.join(', ')}`;
  const hint = guess === undefined ? own : `did you mean "${guess}"?`;
  findings.add({ rule: 'unknown-node', path, message: `the plan has no node "${name}"`, hint });
}

function checkMatch({ name, path }: Ref, nodes: readonly string[], findings: Findings): void {
  const empty =
    (isDrawnSelector(name) && selectorSize(name, nodes.length) === 0) || (name === 'secondaries' && nodes.length === 1);
  if (!empty) return;
  const count = nodes.length === 1 ? '1 node' : `${nodes.length} nodes`;
  const hint = 'give the plan more nodes, or name the nodes that you mean';
  findings.add({ rule: 'empty-selector', path, message: `"${name}" of ${count} is nobody`, hint });
}

/** A node that is named in two groups of one partition, or twice in one list. */
function checkGroups(refs: readonly Ref[], nodes: readonly string[], findings: Findings): void {
  const first = new Map<string, Ref>();
  for (const ref of refs) {
    if (ref.list === undefined || !(nodes.includes(ref.name) || ref.name === CLIENTS)) continue;
    const id = `${ref.lists ?? ref.list} ${ref.name}`;
    const before = first.get(id);
    if (before === undefined) first.set(id, ref);
    else if (before.list === ref.list) {
      const message = `"${ref.name}" stands twice in this list`;
      findings.add({ rule: 'duplicate-item', path: ref.path, message, hint: 'remove one of the two' });
    } else {
      const message = `"${ref.name}" is in two groups: it hears both, and is a bridge between them`;
      const hint = `if it is meant to be on one side, remove it from the other: ${before.path}`;
      findings.add({ rule: 'overlapping-groups', severity: 'warning', path: ref.path, message, hint });
    }
  }
}
