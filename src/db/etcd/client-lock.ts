import type { Access, Operation } from './client.ts';

const LOCK = 'lock';

/**
 * A lock: a key that is there as long as somebody holds it, under a lease, so that it goes by itself where the holder does not
 * come back. The revision that made the key is the fencing token: it is greater for each holder. So nobody need believe that he
 * still holds it, who may have slept longer than his lease (etcd manual, "Notes on the usage of lock and lease").
 *
 *     {f: 'acquire', value: null}   ok value: the token; fail where somebody holds it
 *     {f: 'release', value: 17}     ok where the key was still that of the token, and is deleted; info where it is not any more: the
 *                                   lease has ended, some time ago
 */
export const lock = {
  async acquire({ gateway, leaseS }: Access, _value: null) {
    const [[holder] = []] = (await gateway.txn([], [{ range: LOCK }])).entries;
    if (holder !== undefined) return { type: 'fail', error: `it is held with token ${holder.createRevision}` };
    const lease = await gateway.grant(leaseS);
    const { succeeded, revision } = await gateway.txn(
      [{ key: LOCK, modRevision: '0' }],
      [{ put: LOCK, value: '', lease }],
    );
    return succeeded ? { type: 'ok', value: Number(revision) } : { type: 'fail', error: 'another client was quicker' };
  },

  async release({ gateway }: Access, token: number) {
    const { succeeded } = await gateway.txn([{ key: LOCK, modRevision: String(token) }], [{ delete: LOCK }]);
    return succeeded ? { type: 'ok' } : { type: 'info', error: 'it is not held with this token any more' };
  },
} satisfies Record<string, Operation>;
