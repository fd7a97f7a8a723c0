import { expect, test } from 'vitest';
import { missing } from '../../../src/db/mongodb/ready.ts';
import type { Hello, NodeStatus, SetStatus } from '../../../src/db/mongodb/status.ts';

const NODES = ['n1', 'n2', 'n3'];
const addressOf = (node: string) => `10.0.0.${node.slice(1)}`;
const hostOf = (node: string) => `${addressOf(node)}:27017`;

interface Told {
  readonly hello?: Partial<Hello>;
  readonly state?: string;
  readonly term?: number;
  readonly timeS?: number;
  /** Who answers no heartbeat of this node’s. */
  readonly unreached?: readonly string[];
}

/** A set that is as it should be, n1 its primary, but for what is told of a node; `null`: it does not answer. */
function setBut(told: Record<string, Told | null>): NodeStatus[] {
  return NODES.map((node) => {
    const one = told[node];
    if (one === null) return { node, address: addressOf(node), hello: undefined, set: undefined };
    const {
      hello = {},
      state = node === 'n1' ? 'PRIMARY' : 'SECONDARY',
      term = 3,
      timeS = 1000,
      unreached = [],
    } = one ?? {};
    const set: SetStatus = {
      members: NODES.map((name) => ({
        name: hostOf(name),
        stateStr: name === node ? state : '',
        health: unreached.includes(name) ? 0 : 1,
        ...(name === node ? { self: true } : {}),
      })),
      optimes: { appliedOpTime: { t: term, ts: { t: timeS } } },
    };
    const usual = { isWritablePrimary: node === 'n1', secondary: node !== 'n1', setName: 'plan-run', setVersion: 1 };
    const said: Hello = { ...usual, primary: hostOf('n1'), ...hello };
    return { node, address: addressOf(node), hello: said, set: said.setName === undefined ? undefined : set };
  });
}

test.each<[Record<string, Told | null>, string]>([
  [{ n2: null }, 'n2: mongod does not answer'],
  [{ n3: { hello: { setName: undefined as never } } }, 'n3: mongod is not in the replica set yet'],
  [{ n1: { hello: { isWritablePrimary: false } } }, 'no member is primary'],
  [{ n3: { hello: { isWritablePrimary: true } } }, 'n1 and n3 both claim to be primary'],
  [{ n2: { state: 'STARTUP2' } }, 'n2: mongod is in state STARTUP2'],
  [{ n2: { hello: { secondary: false } } }, 'n2: mongod is in state SECONDARY'],
  [{ n2: { hello: { setVersion: 2 } } }, 'n2: mongod has version 2 of the configuration, the primary n1 has 1'],
  [{ n2: { hello: { primary: hostOf('n3') } } }, 'n2: mongod does not know that n1 is primary'],
  [{ n1: { unreached: ['n3'] } }, 'n3: the primary n1 does not reach mongod'],
  [{ n2: { term: 2 } }, "n2: mongod has nothing of the primary's term 3 yet"],
  [{ n1: { timeS: 1002 }, n2: { timeS: 1001 } }, 'n3: mongod is 2 s behind the primary n1'],
  [
    { n2: { state: 'RECOVERING' }, n3: { term: 2 } },
    "n2: mongod is in state RECOVERING; n3: mongod has nothing of the primary's term 3 yet",
  ],
])('%j: %s', (told, words) => {
  expect(missing(setBut(told))).toBe(words);
});

test('a set that is as it should be lacks nothing', () => {
  expect(missing(setBut({}))).toBeUndefined();
  expect(missing(setBut({}), 'n1')).toBeUndefined();
  // What was written since it was asked.
  expect(missing(setBut({ n2: { timeS: 999 }, n3: { timeS: 1001 } }))).toBeUndefined();
});

test('at first a certain node must be the primary', () => {
  expect(missing(setBut({}), 'n2')).toBe('n1 is primary, and n2 is to be at first');
});
