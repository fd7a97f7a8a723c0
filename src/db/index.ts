/**
 * The database room: a folder per database. It says how to run the database on real nodes through a shell (and,
 * where there is a model, how to simulate it), and has a client of it for each workload that it supports.
 */
import type { AnyDatabase } from '../contract/index.ts';
import { etcd } from './etcd/index.ts';
import { mongodb } from './mongodb/index.ts';
import { noop } from './noop/index.ts';
import { postgres } from './postgres/index.ts';
import { redis } from './redis/index.ts';
import { riak } from './riak/index.ts';
import { service } from './service/index.ts';

export const databases: readonly AnyDatabase[] = [noop, redis, mongodb, postgres, riak, etcd, service];
