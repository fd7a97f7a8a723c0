import Type from 'typebox';
import type { WorkloadModule } from '../../contract/index.ts';
import { Ops } from '../parts.ts';
import { inTurns } from '../turns.ts';

const settings = Type.Object({ ops: Ops() }, { additionalProperties: false });

/**
 * A chat: client 0 receives what all others send, each its messages 0, 1, 2, ... one after another. A client alone sends and
 * receives in turn. At the end client 0 receives the rest.
 */
export const messages: WorkloadModule<typeof settings> = {
  kind: 'workload',
  name: 'messages',
  summary:
    'Clients send messages, and one receives them: those acknowledged must arrive, once, in the order of each sender.',
  settings,
  ops: {
    send: '[sender, n], with n = 0, 1, 2, ... for each sender',
    receive: 'null; when ok, the list of [sender, n] that came since the last time, in the order of delivery',
    drain: 'null; when ok, the same, with all that was still to come',
  },
  checkers: [{ name: 'delivery', settings: {} }],
  count: ({ ops }) => ops,
  generator({ ops }, context) {
    const { clients } = context;
    const sent = new Uint32Array(clients);
    return inTurns(ops, context, ({ client, place }) => {
      const receives = clients === 1 ? place % 2 === 1 : client === 0;
      return receives ? { f: 'receive', value: null } : { f: 'send', value: [client, sent[client]!++] };
    });
  },
  finalReads: () => [{ f: 'drain', value: null }],
};
