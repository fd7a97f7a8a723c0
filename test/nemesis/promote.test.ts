import Value from 'typebox/value';
import { describe, expect, it } from 'vitest';
import type { Cluster, Presence } from '../../src/contract/index.ts';
import { promote } from '../../src/nemesis/promote/index.ts';
import { compiling, fakeWorld, NODES } from './context.ts';

function world(fails = '') {
  const { context, told } = fakeWorld();
  let presence: Presence = 'not';
  const tell = (verb: string, after: Presence) => async (node: string) => {
    told.push(`${verb} ${node}`);
    if (verb === fails) throw new Error(`cannot ${verb}`);
    presence = after;
  };
  const cluster: Cluster = {
    ...context.cluster,
    promote: tell('promote', 'installed'),
    promoted: async () => presence,
    rejoin: tell('rejoin', 'not'),
  };
  return { context: { ...context, cluster }, told };
}

describe('promote', () => {
  it('takes the name of one node, and no selector', () => {
    expect(Value.Check(promote.settings, 'n2')).toBe(true);
    for (const other of ['primary', 'minority', ['n2'], 2]) expect(Value.Check(promote.settings, other)).toBe(false);
    expect(promote.compile('n2', compiling())).toBe('n2');
    expect(promote.effect('n2', NODES)).toEqual({ hits: ['n2'], words: 'promote n2' });
    expect(promote.lasting).toBe(true);
  });

  it('promotes, asks the servers, and has the others rejoin', async () => {
    const { context, told } = world();
    const injection = await promote.inject(context, 'n2');
    expect(injection.value).toEqual({ node: 'n2' });
    expect(injection.perNodeMs).toEqual({ n2: 1 });
    expect(await injection.probe()).toEqual({ n2: 'installed' });
    expect(await injection.undo()).toEqual({ n2: 1 });
    expect(await injection.probe()).toEqual({ n2: 'not' });
    expect(told).toEqual(['promote n2', 'rejoin n2']);
  });

  it('fails where the database does', async () => {
    await expect(promote.inject(world('promote').context, 'n2')).rejects.toThrow('cannot promote');
    const injection = await promote.inject(world('rejoin').context, 'n2');
    await expect(injection.undo()).rejects.toThrow('cannot rejoin');
  });
});
