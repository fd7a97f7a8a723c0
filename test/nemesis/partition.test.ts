import Value from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { partition } from '../../src/nemesis/partition/index.ts';
import { compiling, fakeWorld, NODES } from './context.ts';

const compile = (settings: Parameters<typeof partition.compile>[0], seed = 1) =>
  partition.compile(settings, compiling(seed));
const words = (settings: Parameters<typeof partition.compile>[0]) => partition.effect(compile(settings), NODES).words;

describe('settings', () => {
  it.each([
    ['groups', [['n1', 'n2'], ['n3']], true],
    ['a selector', 'minority', true],
    ['one direction', { from: 'n1', to: ['n2'] }, true],
    ['one group', [['n1']], false],
    ['an empty group', [['n1'], []], false],
    ['half a direction', { from: 'n1' }, false],
    ['a typing error', { from: 'n1', too: 'n2' }, false],
  ])('%s: %j is %s', (_, settings, valid) => {
    expect(Value.Check(partition.settings, settings)).toBe(valid);
  });
});

describe('compiling', () => {
  it('takes groups as they are, and says so', () => {
    const action = compile([
      ['n1', 'n2'],
      ['n3', 'n4', 'n5'],
    ]);
    expect(action).toEqual({
      groups: [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
    });
    expect(partition.effect(action, NODES)).toEqual({
      hits: NODES,
      cut: action,
      words: 'cut {n1, n2} from {n3, n4, n5}',
    });
  });

  it('draws a selector and sets it against the rest, by the seed', () => {
    for (let seed = 0; seed < 50; seed++) {
      const action = compile('minority', seed);
      if (!('groups' in action)) throw new Error('drawn selectors become groups');
      expect(action.groups.map((group) => group.length)).toEqual([2, 3]);
      expect(action.groups.flat().sort()).toEqual(NODES);
      expect(compile('minority', seed)).toEqual(action);
    }
    expect(compile('minority', 1)).not.toEqual(compile('minority', 2));
  });

  it('draws groups that have no node in common', () => {
    for (let seed = 0; seed < 50; seed++) {
      const action = compile([['minority'], ['majority']], seed);
      if (!('groups' in action)) throw new Error('drawn selectors become groups');
      expect(action.groups.map((group) => group.length)).toEqual([2, 3]);
      expect(action.groups.flat().sort()).toEqual(NODES);
      expect(compile([['n1'], ['one']], seed)).not.toEqual({ groups: [['n1'], ['n1']] });
    }
  });

  it('keeps what only the run can know', () => {
    expect(compile('primary')).toEqual({ isolate: ['primary'] });
    expect(compile([['primary'], ['secondaries', 'clients']])).toEqual({
      groups: [['primary'], ['secondaries', 'clients']],
    });
  });

  it('is told in words', () => {
    expect(words('n2')).toBe('cut {n2} from {n1, n3, n4, n5}');
    expect(words('primary')).toBe('cut {primary} from the rest');
    expect(words('clients')).toBe('cut {clients} from {n1, n2, n3, n4, n5}');
    expect(words([['n1'], ['n2'], ['n3', 'n4']])).toBe('cut {n1} from {n2} from {n3, n4}');
    expect(words({ from: 'n1', to: ['n2', 'n3'] })).toBe('drop what {n1} sends to {n2, n3}');
  });
});

describe('injecting', () => {
  it('cuts, tells the time and the grudge, is probed and undone', async () => {
    const { context, cuts, told } = fakeWorld();
    const injection = await partition.inject(context, { groups: [['n1'], ['n2', 'n3']] });
    const grudge = { n1: ['n2', 'n3'], n2: ['n1'], n3: ['n1'] };
    expect(cuts.get('f1')).toEqual(grudge);
    expect(injection.value).toEqual({ groups: [['n1'], ['n2', 'n3']], grudge });
    expect(injection.perNodeMs).toEqual({ n1: 3, n2: 3, n3: 3 });
    expect(await injection.probe()).toEqual({ n1: 'installed', n2: 'installed', n3: 'installed' });
    expect(await injection.undo()).toEqual({ n1: 2, n2: 2, n3: 2 });
    expect(cuts.size).toBe(0);
    expect(told).toEqual([]);
  });

  it('takes back what some nodes already have where another one refuses', async () => {
    const { context, cuts } = fakeWorld({ fails: 'cut f1' });
    await expect(partition.inject(context, { groups: [['n1'], ['n2']] })).rejects.toThrow('cannot cut f1');
    expect(cuts.size).toBe(0);
  });

  it('finds the primary when the fault begins', async () => {
    const { context, cuts } = fakeWorld({ primaries: ['n3', 'n4'] });
    const injection = await partition.inject(context, { isolate: ['primary'] });
    expect(injection.value).toMatchObject({ groups: [['n3'], ['n1', 'n2', 'n4', 'n5']] });
    expect(cuts.get('f1')).toMatchObject({ n3: ['n1', 'n2', 'n4', 'n5'], n1: ['n3'] });
  });

  it('takes the clients along where they are at home', async () => {
    const { context, cuts } = fakeWorld({ clientsAtHome: true });
    await partition.inject(context, { from: ['n1'], to: ['n2'] });
    expect(cuts.get('f1')).toEqual({ n2: ['n1', 'clients@n1'], 'clients@n2': ['n1'] });
  });

  it.each([
    ['a selector that is nobody', { isolate: ['primary'] }, { primary: 'not' }],
    ['a group that is partly nobody', { groups: [['primary', 'n2'], ['n3']] }, { primary: 'not' }],
    ['a cut with nobody on the other side', { groups: [['n1'], []] }, { n1: 'not' }],
  ])('does nothing, and says so, for %s', async (_, action, probed) => {
    const { context, cuts } = fakeWorld({ primaries: [] });
    const injection = await partition.inject(context, action);
    expect(cuts.get('f1')).toEqual({});
    expect(await injection.probe()).toEqual(probed);
    expect(await injection.undo()).toEqual({});
  });
});
