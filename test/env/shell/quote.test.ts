import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from '../../../src/env/shell/quote.ts';

/** What a shell makes of words: each argument, ended by a NUL. */
function asSeenBySh(words: readonly string[]): string[] {
  const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${words.map(quote).join(' ')}`], { encoding: 'utf8' });
  return stdout.split('\0').slice(0, -1);
}

describe('quote', () => {
  it('keeps whatever is in a word from the shell', () => {
    const words = [
      '',
      ' ',
      "it's",
      "''",
      '"',
      '$(reboot)',
      '`id`',
      '$HOME',
      'a\nb',
      '\\',
      '-rf',
      '*',
      '~',
      '!',
      'é€😀',
    ];
    expect(asSeenBySh(words)).toEqual(words);
  });

  it('holds for any text without a NUL', () => {
    const word = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
        expect(asSeenBySh(words)).toEqual(words);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a NUL, which no argument can hold', () => {
    expect(() => quote('a\0b')).toThrow('NUL');
  });
});
