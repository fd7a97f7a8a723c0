import { test } from 'vitest';
import { checkers } from '../../src/checker/index.ts';
import type { AnyChecker } from '../../src/contract/index.ts';
import * as databases from './databases.ts';
import type { Simulated } from './simulate.ts';
import { trial } from './trial.ts';

test.each<[checker: string, settings: object, bug: string, database: (bug: boolean) => Simulated]>([
  ['set', { lost: 0 }, 'acknowledged additions that are forgotten', databases.forgetfulSet],
  ['set-full', { linearizable: false }, 'elements that go away', databases.losingSet],
  ['set-full', { linearizable: true }, 'reads that lag behind', databases.laggingSet],
  ['counter', {}, 'additions that are forgotten', databases.countingCounter],
  ['queue', {}, 'values that come twice', databases.inventingQueue],
  ['total-queue', { redelivers: false }, 'values that never come', databases.losingQueue],
  ['unique-ids', {}, 'a node that begins again a little behind', databases.idDispenser],
  ['fencing', {}, 'tokens that come again after a failover', databases.forgetfulFence],
  ['bank', { allow_negative: false }, 'reads that see half a transfer', databases.bankWithoutSnapshots],
  ['long-fork', { group_size: 2 }, 'sites that see their own writes first', databases.farSites],
  ['causal', {}, 'a shard that shows writes late', databases.lateShard],
  ['comments', {}, 'a shard that shows writes late', databases.lateShard],
  ['monotonic', { real_time: false }, 'reads that lag behind', databases.laggingRegister],
  ['monotonic', { real_time: true }, 'reads that lag behind', databases.laggingRegister],
  [
    'delivery',
    { guarantee: 'at-least-once', order: 'none', redelivers: false },
    'lost messages',
    databases.losingMailbox,
  ],
  [
    'delivery',
    { guarantee: 'exactly-once', order: 'none', redelivers: true },
    'repeated ones',
    databases.repeatingMailbox,
  ],
  [
    'delivery',
    { guarantee: 'at-most-once', order: 'sender', redelivers: false },
    'shuffled ones',
    databases.shufflingMailbox,
  ],
])('%s %j: %s', async (name, settings, _, database) => {
  await trial(checkers.find((one) => one.name === name) as AnyChecker, settings, database);
});
