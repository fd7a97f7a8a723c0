import { describe, expect, it } from 'vitest';
import { grudgeOf, withClients } from '../../src/contract/index.ts';

describe('the grudge', () => {
  it('of two groups is mutual', () => {
    expect(
      grudgeOf({
        groups: [
          ['n1', 'n2'],
          ['n3', 'n4', 'n5'],
        ],
      }),
    ).toEqual({
      n1: ['n3', 'n4', 'n5'],
      n2: ['n3', 'n4', 'n5'],
      n3: ['n1', 'n2'],
      n4: ['n1', 'n2'],
      n5: ['n1', 'n2'],
    });
  });

  it('of three groups cuts each from the two others', () => {
    expect(grudgeOf({ groups: [['n1'], ['n2'], ['n3']] })).toEqual({
      n1: ['n2', 'n3'],
      n2: ['n1', 'n3'],
      n3: ['n1', 'n2'],
    });
  });

  it('of overlapping groups leaves a bridge', () => {
    expect(
      grudgeOf({
        groups: [
          ['n1', 'n2', 'n3'],
          ['n3', 'n4', 'n5'],
        ],
      }),
    ).toEqual({
      n1: ['n4', 'n5'],
      n2: ['n4', 'n5'],
      n4: ['n1', 'n2'],
      n5: ['n1', 'n2'],
    });
  });

  it('of one direction is held by the receiver alone', () => {
    expect(grudgeOf({ from: ['n1'], to: ['n2', 'n3'] })).toEqual({ n2: ['n1'], n3: ['n1'] });
    expect(grudgeOf({ from: ['n1', 'n2'], to: ['n2'] })).toEqual({ n2: ['n1'] });
  });

  it('is empty where there is nobody on the other side', () => {
    expect(grudgeOf({ groups: [['n1', 'n2'], []] })).toEqual({});
    expect(grudgeOf({ groups: [['n1'], ['n1', 'n2']] })).toEqual({});
  });
});

describe('clients', () => {
  it('are on their home side, and hold no grudge against each other', () => {
    expect(grudgeOf(withClients({ groups: [['n1'], ['n2']] }))).toEqual({
      n1: ['n2', 'clients@n2'],
      'clients@n1': ['n2'],
      n2: ['n1', 'clients@n1'],
      'clients@n2': ['n1'],
    });
    expect(grudgeOf(withClients({ from: ['n1'], to: ['n2'] }))).toEqual({
      n2: ['n1', 'clients@n1'],
      'clients@n2': ['n1'],
    });
  });

  it('stay where the plan has put them', () => {
    const cut = { groups: [['n1', 'n2'], ['clients']] };
    expect(withClients(cut)).toBe(cut);
    expect(grudgeOf(cut)).toEqual({ n1: ['clients'], n2: ['clients'], clients: ['n1', 'n2'] });
  });
});
