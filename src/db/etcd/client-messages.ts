import type { Outcome } from '../../contract/index.ts';
import type { Access, Operation } from './client.ts';
import { endOf } from './client-gateway.ts';

const MESSAGES = 'message/';

/**
 * Messages: a key for each, `message/3/0`. Who receives them has read the store up to a revision; what was made after that has
 * not come yet. Revisions are given in the order of Raft's log, so that no message comes to be below one that was read.
 *
 *     {f: 'send', value: [3, 0]}     puts its key
 *     {f: 'receive', value: null}    ok value: those that have come since the last time, as [sender, n], in the order in which they came
 *     {f: 'drain', value: null}      the same
 */
export const messages = {
  async send({ gateway }: Access, [sender, n]: [number, number]) {
    await gateway.txn([], [{ put: `${MESSAGES}${sender}/${n}`, value: '' }]);
    return { type: 'ok' };
  },

  receive,
  drain: receive,
} satisfies Record<string, Operation>;

async function receive({ gateway, serializable, mailbox }: Access, _value: null): Promise<Outcome> {
  const { entries } = await gateway.txn(
    [],
    [{ range: MESSAGES, end: endOf(MESSAGES), serializable, since: String((mailbox.received() ?? 0) + 1), oldest: 0 }],
  );
  const found = entries[0] ?? [];
  const newest = found.at(-1);
  if (newest !== undefined) mailbox.gives(Number(newest.createRevision));
  return { type: 'ok', value: found.map(({ key }) => key.slice(MESSAGES.length).split('/').map(Number)) };
}
