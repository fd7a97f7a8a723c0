import Type from 'typebox';
import { durationMs } from '../../base/units.ts';
import { Duration, type WorkloadModule } from '../../contract/index.ts';
import { Ops } from '../parts.ts';
import { inTurns } from '../turns.ts';

const settings = Type.Object(
  {
    ops: Ops('How many operations the clients do together; a client that holds the lock then still releases it.'),
    hold: Duration({
      description: 'How long a client holds the lock, and how long it waits after it has not got it.',
      default: '20ms',
      examples: ['20ms', '1s'],
    }),
    lease: Duration({
      description:
        'How long the lock stays with a client that never releases it, where the database knows leases. It should be far longer than `hold`.',
      default: '10s',
      examples: ['10s', '30s'],
    }),
  },
  { additionalProperties: false },
);

/**
 * Clients acquire one lock, hold it for a while and release it. With the lock comes a fencing token, a number that grows from
 * holder to holder (Kleppmann, "How to do distributed locking", 2016), where the database has such a thing.
 *
 * A client releases what it knows that it holds, and nothing else: of an acquisition that ended info it does not know, and of a
 * release that did it need not. A release that failed has not happened; it is tried again, as long as there is something to do.
 */
export const lock: WorkloadModule<typeof settings> = {
  kind: 'workload',
  name: 'lock',
  summary: 'Clients acquire one lock, hold it for a while and release it: no two may hold it at a time.',
  settings,
  ops: {
    acquire: 'null; when ok, the fencing token, or null where the database has none; fail where somebody else holds it',
    release: 'the token that came with the lock',
  },
  checkers: [
    { name: 'linearizable', settings: { model: 'mutex' } },
    { name: 'fencing', settings: {} },
  ],
  count: ({ ops }) => ops,
  generator({ ops, hold }, context) {
    const pauseMs = durationMs(hold);
    /** By client: what it holds. */
    const held: ({ readonly token: unknown } | undefined)[] = Array(context.clients);
    /** Whether its last operation failed. */
    const failed: boolean[] = Array(context.clients).fill(false);
    const turns = inTurns(ops, context, ({ client }) => ({
      ...{ f: 'acquire', value: null },
      ...(failed[client] && { pauseMs }),
    }));
    return {
      next(client) {
        // It is its turn even where it releases.
        const turn = turns.next(client);
        const holding = held[client];
        const givesUp = turn === undefined && failed[client];
        return holding === undefined || givesUp ? turn : { f: 'release', value: holding.token, pauseMs };
      },
      ended(client, { f }, outcome) {
        if (f === 'acquire') held[client] = outcome.type === 'ok' ? { token: outcome.value ?? null } : undefined;
        else if (outcome.type !== 'fail') held[client] = undefined;
        failed[client] = outcome.type === 'fail';
      },
    };
  },
  finalReads: () => [],
};
