import { describe, expect, it } from 'vitest';
import { isClients } from '../../../src/contract/index.ts';
import { assignAddresses } from '../../../src/env/lab/addresses.ts';

describe('addresses', () => {
  it('go by the place in the list', () => {
    const addresses = assignAddresses(['n1', 'clientside', 'n3']);
    expect(addresses.ofNode('n3')).toBe('10.77.0.3');
    expect(addresses.ofClients('clientside')).toBe('10.77.1.2');
    expect(addresses.ofEndpoint('clientside')).toEqual(['10.77.0.2/32']);
    expect(addresses.ofEndpoint('clients@n3')).toEqual(['10.77.1.3/32']);
    expect(addresses.ofEndpoint('clients')).toEqual(['10.77.1.0/24', '10.77.0.254/32']);
    expect(addresses.hosts).toBe('127.0.0.1 localhost\n10.77.0.1 n1\n10.77.0.2 clientside\n10.77.0.3 n3\n');
  });

  it('tell clients from nodes whose names begin alike', () => {
    expect(['clients', 'clients@n1', 'clientside', 'n1'].map(isClients)).toEqual([true, true, false, false]);
  });

  it('refuse a node that is not there, and more than fit', () => {
    expect(() => assignAddresses(['n1']).ofEndpoint('n2')).toThrow('"n2" is a node');
    expect(() => assignAddresses(Array.from({ length: 254 }, (_, k) => `n${k}`))).toThrow('at most 253');
  });
});
