import Value from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { kill } from '../../src/nemesis/kill/index.ts';
import { pause } from '../../src/nemesis/pause/index.ts';
import { compiling, fakeWorld, NODES } from './context.ts';

describe.each([
  { fault: kill, state: 'dead', undo: 'start' },
  { fault: pause, state: 'paused', undo: 'resume' },
] as const)('$fault.name', ({ fault, state, undo }) => {
  const { name } = fault;

  it('takes a node, a selector or a list of them', () => {
    expect(Value.Check(fault.settings, 'primary')).toBe(true);
    expect(Value.Check(fault.settings, ['n1', 'one'])).toBe(true);
    expect(Value.Check(fault.settings, [])).toBe(false);
    expect(Value.Check(fault.settings, [['n1']])).toBe(false);
  });

  it('draws what chance decides and keeps what only the run can know', () => {
    const drawn = fault.compile('minority', compiling());
    expect(drawn).toHaveLength(2);
    expect(fault.compile('minority', compiling())).toEqual(drawn);
    expect(fault.compile(['n1', 'primary'], compiling())).toEqual(['n1', 'primary']);
    expect(fault.effect(['n1', 'primary'], NODES)).toEqual({
      hits: ['n1', 'primary'],
      down: ['n1', 'primary'],
      words: `${name} {n1, primary}`,
    });
  });

  it('does it on each node, is probed and undone', async () => {
    const { context, states, told } = fakeWorld({ primaries: ['n3'] });
    const injection = await fault.inject(context, ['n1', 'primary']);
    expect(told).toEqual(['primaries', `${name} n1`, `${name} n3`]);
    expect(injection.value).toEqual({ nodes: ['n1', 'n3'] });
    expect(Object.keys(injection.perNodeMs)).toEqual(['n1', 'n3']);
    expect(Object.values(injection.perNodeMs).every((ms) => ms > 0)).toBe(true);
    expect(states.get('n3')).toBe(state);
    expect(await injection.probe()).toEqual({ n1: 'installed', n3: 'installed' });
    expect(Object.keys(await injection.undo())).toEqual(['n1', 'n3']);
    expect(told.slice(3)).toEqual([`${undo} n1`, `${undo} n3`]);
    expect(await injection.probe()).toEqual({ n1: 'not', n3: 'not' });
  });

  it('is probed in the system, not in our records', async () => {
    const { context, states } = fakeWorld();
    const injection = await fault.inject(context, ['n1', 'n2', 'n3']);
    states.set('n1', 'running').set('n2', 'mixed').delete('n3');
    expect(await injection.probe()).toEqual({ n1: 'not', n2: 'partly', n3: 'unknown' });
  });

  it('does nothing, and says so, where a selector is nobody', async () => {
    const { context, told } = fakeWorld({ primaries: [] });
    const injection = await fault.inject(context, ['n2', 'primary']);
    expect(told).toEqual(['primaries']);
    expect(injection.value).toEqual({ nodes: [], unresolved: ['primary'] });
    expect(await injection.probe()).toEqual({ primary: 'not' });
    expect(await injection.undo()).toEqual({});
  });

  it('ends where it has begun when one node refuses, and tells of that one', async () => {
    const { context, states } = fakeWorld({ fails: `${name} n2` });
    await expect(fault.inject(context, ['n1', 'n2'])).rejects.toThrow(`cannot ${name} n2`);
    expect(states.get('n1')).toBe('running');
  });
});
