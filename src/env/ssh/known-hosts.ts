/**
 * The keys of known hosts, as ssh(1) keeps them: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. Nothing here touches a disk.
 */
import { createHash, createHmac } from 'node:crypto';

/** A line of the file. */
export interface KnownKey {
  readonly line: number;
  readonly marker?: 'cert-authority' | 'revoked';
  /** Patterns with commas between them, or one hashed name. */
  readonly names: string;
  /** `ssh-ed25519`, ... */
  readonly type: string;
  /** As it goes over the wire (RFC 4253, section 6.6). */
  readonly key: Buffer;
}

/** What the file says of a key that a host has shown. */
export type Judgement =
  | { readonly verdict: 'known' }
  | { readonly verdict: 'revoked'; readonly by: KnownKey }
  /** It has other keys for the host. */
  | { readonly verdict: 'changed'; readonly known: readonly KnownKey[] }
  /** `authority`: the line of one that would vouch for a certificate. */
  | { readonly verdict: 'unknown'; readonly authority?: KnownKey };

/** The lines that ssh(1) would read; those that it would not are skipped, as it does. */
export function parseKnownHosts(text: string): KnownKey[] {
  return text.split('\n').flatMap((written, index): KnownKey[] => {
    const fields = written.trim().split(/[ \t]+/);
    const marker = fields[0]?.startsWith('@') ? fields.shift()?.slice(1) : undefined;
    const [names = '', type = '', base64 = ''] = fields;
    if (names === '' || names.startsWith('#') || base64 === '') return [];
    const known = { line: index + 1, names, type, key: Buffer.from(base64, 'base64') };
    if (typeOf(known.key) !== type) return [];
    if (marker === undefined) return [known];
    return marker === 'cert-authority' || marker === 'revoked' ? [{ ...known, marker }] : [];
  });
}

/**
 * Like ssh(1), a host on a port of its own is known as `[host]:port`; where no line has that, by its name alone, but then
 * another key there says nothing.
 */
export function judge(all: readonly KnownKey[], host: string, port: number, key: Buffer): Judgement {
  const [name, bare] = namesOf(host, port);
  const lines = all.filter(({ names }) => isNamed(names, name) || (bare !== undefined && isNamed(names, bare)));
  const revoked = lines.find((one) => one.marker === 'revoked' && one.key.equals(key));
  if (revoked !== undefined) return { verdict: 'revoked', by: revoked };
  const plain = lines.filter(({ marker }) => marker === undefined);
  const own = plain.filter(({ names }) => isNamed(names, name));
  const trusted = own.length > 0 ? own : plain;
  if (trusted.some((one) => one.key.equals(key))) return { verdict: 'known' };
  if (own.length > 0) return { verdict: 'changed', known: own };
  const authority = lines.find(({ marker }) => marker === 'cert-authority');
  return { verdict: 'unknown', ...(authority && { authority }) };
}

/** The types of the keys that would be accepted: to ask the host for one of those. */
export function knownTypes(all: readonly KnownKey[], host: string, port: number): string[] {
  const [name, bare] = namesOf(host, port);
  const plain = all.filter(({ marker }) => marker === undefined);
  const own = plain.filter(({ names }) => isNamed(names, name));
  const trusted = own.length > 0 || bare === undefined ? own : plain.filter(({ names }) => isNamed(names, bare));
  return [...new Set(trusted.map(({ type }) => type))];
}

/** As ssh-keygen(1) `-l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The first field of a key on the wire; empty where it has none. */
export function typeOf(key: Buffer): string {
  const length = key.length < 4 ? 0 : key.readUInt32BE(0);
  return key.length < 4 + length ? '' : key.toString('latin1', 4, 4 + length);
}

function namesOf(host: string, port: number): [string, string?] {
  const bare = host.toLowerCase();
  return port === 22 ? [bare] : [`[${bare}]:${port}`, bare];
}

function isNamed(names: string, name: string): boolean {
  if (names.startsWith('|')) return isHashOf(names, name);
  let named = false;
  for (const pattern of names.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!isLike(pattern.slice(negated ? 1 : 0), name)) continue;
    // Whatever else matches: a negated name takes the host out of the line.
    if (negated) return false;
    named = true;
  }
  return named;
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, with the salt as its key. */
function isHashOf(hashed: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = hashed.split('|');
  if (version !== '1') return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest().equals(Buffer.from(hash, 'base64'));
}

/** `*` is any text, `?` any character; brackets are only themselves. */
function isLike(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}
