/** Files through shells on this machine, in the place of another. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote, word } from '../../../src/env/shell/quote.ts';

import { download, upload } from '../../../src/env/ssh/files.ts';
import { localShell, temporaryDir } from '../shell/local-shell.ts';
import { localClient } from './local-channel.ts';

/** A shell that has begun; `before` is what it does first. */
const open =
  (login: string, before = '') =>
  () =>
    new Promise<never>((resolve) => {
      localClient([login]).exec(`${before} exec ${login}`, (_, channel) => resolve(channel as never));
    });

/** Whatever may stand in a file's name. */
const NAMES = [
  '-rf',
  '--',
  '$(id)',
  '`id`',
  "it's",
  '"quoted"',
  'two\nlines',
  ' ',
  '\\',
  '*',
  '~',
  '#',
  'ü\u{1F980}',
  'a;b&c|d>e<f',
  '!!',
  '%s',
  '\t',
];
/** Few names with all of it: every copy starts half a dozen processes. */
const STRANGE = ['-rf $(id)', '--', 'it\'s `id` "quoted"\n\\', '*~#!!%s\t', ' ü\u{1F980};a&b|c>d<e ', '\n'];
const name = fc
  .oneof(
    fc.constantFrom(...NAMES),
    fc.array(fc.constantFrom(...NAMES, 'a', 'b'), { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  )
  .filter((text) => !/[/\0]/.test(text) && Buffer.from(text).toString() === text && text !== '.' && text !== '..');

describe('a file', () => {
  it('goes and comes as it is, whatever its name', async () => {
    const dir = temporaryDir();
    const back = join(dir, 'back');
    const source = join(dir, 'source');
    await fc.assert(
      fc.asyncProperty(
        name,
        fc.uint8Array({ maxLength: 100 }),
        fc.constantFrom('sh', 'bash'),
        async (given, bytes, login) => {
          writeFileSync(source, bytes);
          const there = join(dir, given);
          await upload('n1', open(login), source, there);
          expect(Buffer.from(bytes).equals(readFileSync(there))).toBe(true);
          await download('n1', open(login), there, back);
          expect(Buffer.from(bytes).equals(readFileSync(back))).toBe(true);
          expect(readdirSync(dir).filter((file) => file.includes('.part-'))).toEqual([]);
        },
      ),
      { numRuns: 12, examples: STRANGE.map((one, k) => [one, new Uint8Array([0, 255, 10]), k % 2 ? 'sh' : 'bash']) },
    );
  });

  it('keeps its mode, and takes the place of one that is in use', async () => {
    const dir = temporaryDir();
    const [source, target] = [join(dir, 'source'), join(dir, 'target')];
    writeFileSync(source, '#!/bin/sh\n');
    for (const mode of [0o755, 0o600, 0o4711]) {
      chmodSync(source, mode);
      await upload('n1', open('sh'), source, target);
      expect(statSync(target).mode & 0o7777).toBe(mode);
    }
    const before = statSync(target).ino;
    await upload('n1', open('sh'), source, target);
    expect(statSync(target).ino).not.toBe(before);
  });

  it('of many megabytes goes both ways', async () => {
    const dir = temporaryDir();
    const [source, there, back] = ['source', 'there', 'back'].map((one) => join(dir, one)) as [string, string, string];
    const bytes = Buffer.alloc(20_000_003, 'so many bytes');
    writeFileSync(source, bytes);
    await upload('n1', open('sh'), source, there);
    await download('n1', open('sh'), there, back);
    expect(readFileSync(back).equals(bytes)).toBe(true);
  });
});

describe('a file that cannot be copied', () => {
  const failing = async (work: Promise<void>) =>
    (await work.then(
      () => undefined,
      (error) => error,
    )) as unknown;
  const refused = (why: RegExp) => ({
    code: 'command-failed',
    message: expect.stringMatching(why),
    fields: { node: 'n1' },
  });

  it('is told with the words of the side that failed, and leaves nothing behind', async () => {
    const dir = temporaryDir();
    const [source, full] = [join(dir, 'source'), join(dir, 'full')];
    writeFileSync(source, 'x'.repeat(100_000));
    mkdirSync(full);
    const sh = open('sh');
    // A cat(1) that ends before its time.
    const short = temporaryDir();
    writeFileSync(join(short, 'cat'), '#!/bin/sh\nexec head -c 1000\n', { mode: 0o755 });
    const cases: [() => Promise<void>, RegExp][] = [
      [() => upload('n1', sh, join(dir, 'none'), join(dir, 'x')), /^Cannot copy .*none to .*x on n1: ENOENT/],
      [() => upload('n1', sh, dir, join(dir, 'x')), /: it is no regular file$/],
      [() => upload('n1', sh, source, join(dir, 'no/such/x')), /: .*(nonexistent|No such file)/],
      [() => upload('n1', sh, source, full), /: it is a directory$/],
      // What has no room for a file of more than 10 blocks, as a full disk has none.
      [
        () => upload('n1', open('sh', 'ulimit -f 10;'), source, join(dir, 'x')),
        /: .*(File (size limit exceeded|too large)|cut short)/,
      ],
      [
        () => upload('n1', open('sh', `PATH=${short}:$PATH;`), source, join(dir, 'x')),
        /: 1000 bytes have come, not 100000$/,
      ],
      [() => upload('n1', open('sh', 'exit 3;'), source, join(dir, 'x')), /: it was cut short \(exit code 3\)$/],
      [() => download('n1', sh, join(dir, 'none'), join(dir, 'x')), /^Cannot copy .*none on n1 to .*x: .*No such file/],
      [() => download('n1', sh, full, join(dir, 'x')), /: it is no regular file$/],
      [() => download('n1', sh, source, join(dir, 'no/x')), /: ENOENT/],
      [() => download('n1', sh, source, full), /: it is a directory$/],
      [() => download('n1', open('sh', 'exit 3;'), source, join(dir, 'x')), /: it was cut short \(exit code 3\)$/],
    ];
    for (const [work, why] of cases) expect(await failing(work())).toMatchObject(refused(why));
    expect(readdirSync(dir).sort()).toEqual(['full', 'source']);
  });

  it('because it becomes shorter on its way does not arrive', async () => {
    const dir = temporaryDir();
    const [source, target] = [join(dir, 'source'), join(dir, 'target')];
    writeFileSync(source, 'x'.repeat(1_000));
    writeFileSync(target, 'what was there');
    const late = async () => {
      truncateSync(source, 10);
      return open('sh')();
    };
    expect(await failing(upload('n1', late, source, target))).toMatchObject(refused(/10 bytes have come, not 1000$/));
    expect(readFileSync(target, 'utf8')).toBe('what was there');
    expect(readdirSync(dir).sort()).toEqual(['source', 'target']);
  });

  it('because of its name is refused before anything is sent', async () => {
    const never = () => expect.unreachable('a shell was opened');
    const source = join(temporaryDir(), 'source');
    writeFileSync(source, '');
    for (const path of ['-rf', 'relative', '', '/with\0nul']) {
      expect(await failing(upload('n1', never, source, path))).toMatchObject({ code: 'bug' });
      expect(await failing(download('n1', never, path, source))).toMatchObject({ code: 'bug' });
    }
    expect(existsSync(source)).toBe(true);
  });
});

it('a command line that is shown to a person has words that a shell reads as they are', async () => {
  const shell = localShell();
  await fc.assert(
    fc.asyncProperty(name, async (text) => {
      expect((await shell.run(`printf '%s.' ${word(text)}`)).stdout).toBe(`${text}.`);
      expect((await shell.run(`printf '%s.' ${quote(text)}`)).stdout).toBe(`${text}.`);
    }),
    { numRuns: 50, examples: NAMES.map((one) => [one]) },
  );
});
