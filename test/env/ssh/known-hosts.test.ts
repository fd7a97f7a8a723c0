import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, judge, knownTypes, parseKnownHosts, typeOf } from '../../../src/env/ssh/known-hosts.ts';

/** A key on the wire: its type, and what makes it this one. */
function key(name: string, type = 'ssh-ed25519'): Buffer {
  const fields = [type, name].map((text) => [Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
  return Buffer.concat(fields.flat());
}
const line = (names: string, name: string, type?: string) =>
  `${names} ${typeOf(key(name, type))} ${key(name, type).toString('base64')}`;

function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

const A = key('a');
const verdict = (text: string, host: string, port = 22, shown = A) =>
  judge(parseKnownHosts(text), host, port, shown).verdict;

describe('a known host', () => {
  it.each([
    ['by its name', 'n1.example.org', 'n1.example.org', 22],
    ['by one of several', '10.0.0.1,n1,n1.example.org', 'n1', 22],
    ['whatever the case', 'N1.Example.org', 'n1.eXample.ORG', 22],
    ['by a hash', hashed('n1'), 'n1', 22],
    ['on a port of its own', '[n1]:2222', 'n1', 2222],
    ['on a port of its own, hashed', hashed('[n1]:2222'), 'n1', 2222],
    ['on another port, by its name alone', 'n1', 'n1', 2222],
    ['by wildcards', '10.0.?.*', '10.0.3.254', 22],
    ['by an IPv6 address', '2001:db8::1', '2001:db8::1', 22],
  ])('is known %s', (_, names, host, port) => {
    expect(verdict(line(names, 'a'), host, port)).toBe('known');
  });

  it.each([
    ['another name', 'n10', 'n1', 22],
    ['a dot that is no wildcard', 'n1xexample', 'n1.example', 22],
    ['another port', '[n1]:2222', 'n1', 22],
    ['the hash of another', hashed('n2'), 'n1', 22],
    ['a negated name, whatever else matches', 'n*,!n1', 'n1', 22],
    ['a negated name that comes first', '!n1,n*', 'n1', 22],
    ['nothing but a negated name', '!n2', 'n1', 22],
    ['a hash of a kind that is not known', hashed('n1').replace('|1|', '|2|'), 'n1', 22],
  ])('is not known by %s', (_, names, host, port) => {
    expect(verdict(line(names, 'a'), host, port)).toBe('unknown');
  });

  it('may have several keys, in several lines', () => {
    const text = `${line('n1', 'b')}\n${line('n1', 'a')}\n`;
    expect(verdict(text, 'n1')).toBe('known');
    expect(verdict(text, 'n1', 22, key('b'))).toBe('known');
  });

  it('that shows another key has changed, also where that is of another type', () => {
    const text = `# comment\n\n${line('n1', 'b', 'ssh-rsa')} somebody@somewhere\n`;
    const judgement = judge(parseKnownHosts(text), 'n1', 22, A);
    expect(judgement).toMatchObject({ verdict: 'changed', known: [{ line: 3, type: 'ssh-rsa' }] });
  });

  it('on a port of its own has not changed because something else runs on the usual one', () => {
    expect(verdict(line('n1', 'b'), 'n1', 2222)).toBe('unknown');
    expect(verdict(`${line('n1', 'a')}\n${line('[n1]:2222', 'b')}`, 'n1', 2222)).toBe('changed');
  });

  it('is refused with a key that is revoked, though another line trusts it', () => {
    const text = `${line('n1', 'a')}\n@revoked ${line('*', 'a')}`;
    expect(judge(parseKnownHosts(text), 'n1', 22, A)).toMatchObject({ verdict: 'revoked', by: { line: 2 } });
    expect(verdict(`${line('n1', 'a')}\n@revoked ${line('*', 'b')}`, 'n1')).toBe('known');
    expect(verdict(`${line('n1', 'a')}\n@revoked ${line('n2', 'a')}`, 'n1')).toBe('known');
    // It says which key is bad, not which is good.
    expect(verdict(`@revoked ${line('n1', 'b')}`, 'n1')).toBe('unknown');
  });

  it('is not known by the key of a certificate authority', () => {
    const text = `@cert-authority ${line('*', 'a')}`;
    expect(judge(parseKnownHosts(text), 'n1', 22, A)).toMatchObject({ verdict: 'unknown', authority: { line: 1 } });
  });

  it.each([
    ['no key', 'n1 ssh-ed25519'],
    ['a key of another type than it says', line('n1', 'a').replace('ssh-ed25519', 'ssh-rsa')],
    ['a key that is cut short', 'n1 ssh-ed25519 AAAA'],
    ['a marker that is not known', `@friend ${line('n1', 'a')}`],
    ['a comment', `#${line('n1', 'a')}`],
  ])('is not known by a line with %s', (_, text) => {
    expect(verdict(text, 'n1')).toBe('unknown');
  });
});

it('the types to be asked for are those that are trusted', () => {
  const text = `${line('n1', 'a')}\n${line('[n1]:2222', 'b', 'ssh-rsa')}\n@revoked ${line('n1', 'c', 'ecdsa-sha2-nistp256')}`;
  const known = parseKnownHosts(text);
  expect(knownTypes(known, 'n1', 22)).toEqual(['ssh-ed25519']);
  expect(knownTypes(known, 'n1', 2222)).toEqual(['ssh-rsa']);
  expect(knownTypes(known, 'n1', 2223)).toEqual(['ssh-ed25519']);
  expect(knownTypes(known, 'n2', 22)).toEqual([]);
});

describe.skipIf(spawnSync('ssh-keygen', ['-?']).error)('beside ssh-keygen(1)', () => {
  const part = fc.constantFrom('n', '1', '2', '.', '*', '?', 'N', '[', ']', ':22');
  const pattern = fc
    .tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 4 }))
    .map(([negated, parts]) => `${negated ? '!' : ''}${parts.join('')}`);

  it('the same lines match, and fingerprints are the same', () => {
    const folder = mkdtempSync(join(tmpdir(), 'plan-run-known-'));
    try {
      const path = join(folder, 'known_hosts');
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'id')]);
      const [type, base64] = execFileSync('ssh-keygen', ['-y', '-f', join(folder, 'id')], { encoding: 'utf8' }).split(
        ' ',
      );
      const real = Buffer.from(base64!, 'base64');
      const listed = execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'id.pub')], { encoding: 'utf8' });
      expect(listed).toContain(` ${fingerprint(real)} `);
      const patterns = fc.sample(fc.array(pattern, { minLength: 1, maxLength: 3 }), { numRuns: 1_000, seed: 7 });
      const lists = [...patterns.map((list) => list.join(',')), hashed('n1'), hashed('n1.2'), hashed('n2')];
      writeFileSync(path, lists.map((names) => `${names} ${type} ${base64}\n`).join(''));
      const known = parseKnownHosts(lists.map((names) => `${names} ${type} ${base64}\n`).join(''));
      expect(known).toHaveLength(lists.length);
      for (const host of ['n1', 'n1.2', 'n2']) {
        const found = execFileSync('ssh-keygen', ['-F', host, '-f', path], { encoding: 'utf8' });
        const expected = [...found.matchAll(/found: line (\d+)/g)].map(([, number]) => Number(number));
        const ours = known.filter((one) => judge([one], host, 22, real).verdict === 'known').map((one) => one.line);
        expect(expected.length).toBeGreaterThan(20);
        expect(ours).toEqual(expected);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
