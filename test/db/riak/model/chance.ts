/** Plans of chance for Riak: small runs with cuts, kills and pauses, and settings of which all is over soon. */
import { makeRng, pick, type Rng, shuffle } from '../../../../src/base/rng.ts';

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];

/** A plan of chance, the same for the same number; `settings` over those that it draws. */
export function planOf(number: number, settings: object = {}): object {
  const rng = makeRng(number).fork('convergence');
  const faults: object[] = [];
  for (let at = 1; at < 6; ) {
    const length = rng.int(1, 3);
    faults.push({ at: `${at}s`, for: `${length}s`, ...faultOf(rng) });
    at += length + rng.int(0, 1);
  }
  return {
    plan: 1,
    nodes: 5,
    environment: {
      sim: {
        loss: pick(rng, ['0%', '0%', '3%']),
        latency: pick(rng, ['0.2ms', '20ms']),
        clock_offset: pick(rng, ['0ms', '500ms', '1h']),
      },
    },
    database: {
      riak: {
        ...{ r: pick(rng, [1, 'quorum']), w: pick(rng, [1, 'quorum']) },
        ...{ key: `key ${rng.int(1, 20)}`, net_ticktime: '1s', gossip_interval: '1s', request_timeout: '2s' },
        ...{ vnode_management_timer: '500ms', vnode_inactivity_timeout: '1s', ring_size: pick(rng, [8, 64]) },
        ...{ client_attempts: rng.int(1, 3), when_timed_out: pick(rng, ['cancel', 'go_on']) },
        ...settings,
      },
    },
    workload: { clients: 5, rate: '5/s', timeout: '1s', set: { writes: 30 } },
    faults,
    settle: '8s',
    require: { before: 0, during: 0, after: 0 },
  };
}

function faultOf(rng: Rng): object {
  const order = shuffle(rng, NODES);
  const at = rng.int(1, 4);
  switch (rng.int(0, 3)) {
    case 0:
      return { kill: order.slice(0, at) };
    case 1:
      return { pause: order.slice(0, at) };
    case 2:
      return { partition: { from: order.slice(0, at), to: order.slice(at) } };
    default:
      return { partition: [order.slice(0, at), order.slice(at)] };
  }
}
