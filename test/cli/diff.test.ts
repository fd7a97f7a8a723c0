import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GOOD, planFolder } from './folder.ts';
import { planRun } from './program.ts';

const folder = planFolder();
afterAll(folder.remove);
const cwd = folder.path;
const diff = (...args: string[]) => planRun(['diff', ...args], { cwd });
const write = (name: string, text: string) => writeFileSync(join(cwd, name), text);

write('commented.yaml', `# other words\n${GOOD}\n# the end\n`);
write('seeded.yaml', `${GOOD}\nseed: 9\n`);
write('# <b>`x`|\u001b[31m.yaml', `name: odd\nseed: 9\n${GOOD}`);

describe('diff', () => {
  it('prints what changes, by group', () => {
    const { status, stdout, stderr } = diff('good.yaml', 'seeded.yaml');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('good.yaml → seeded.yaml\n\nplan\n');
    expect(stdout).toContain('  seed: 1 → 9\n      The timeline stays as it is');
  });

  it('calls two plans that mean the same the same', () => {
    expect(diff('good.yaml', 'good.yaml')).toEqual({
      status: 0,
      stderr: '',
      stdout: 'good.yaml → good.yaml\n\nno change in meaning\n',
    });
    // a plan without a name has its file's
    expect(diff('good.yaml', 'commented.yaml', '--exit-code', '--format', 'json')).toMatchObject({ status: 0 });
  });

  it('tells by its exit code on request', () => {
    expect(diff('good.yaml', 'seeded.yaml', '--exit-code').status).toBe(1);
  });

  it('is data for scripts', () => {
    const { stdout } = diff('good.yaml', 'seeded.yaml', '--format', 'json');
    const { changes, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({ diff: 1, before: 'good.yaml', after: 'seeded.yaml' });
    expect(changes).toContainEqual(
      expect.objectContaining({
        group: 'plan',
        kind: 'changed',
        subject: 'seed',
        before: '1',
        after: '9',
        path: 'seed',
      }),
    );
  });

  it('is Markdown in which names are only names', () => {
    const { stdout } = diff('good.yaml', '# <b>`x`|\u001b[31m.yaml', '--format', 'markdown');
    expect(stdout).toContain('### `good.yaml` → ``# <b>`x`|\ufffd[31m.yaml``\n\n|  | before | after | which means |\n');
    expect(stdout).toContain('| `name` | `good` | `odd` |');
    expect(stdout).toContain('| `seed` | `1` | `9` |');
  });

  it('says what is wrong with a plan that is refused, and compares nothing', () => {
    const { status, stdout, stderr } = diff('good.yaml', 'bad.yaml');
    expect([status, stdout]).toEqual([65, '']);
    expect(stderr).toContain('there is no database "redes"');
    expect(diff('good.yaml', 'nowhere.yaml')).toMatchObject({ status: 65, stdout: '' });
  });

  it('commands no workflow', () => {
    const checker = 'checker: { set: {}, logs: { forbidden: ["##[add-mask]x"] }, assertions: { "::error::y": 0 } }\n';
    write('commands.yaml', `${GOOD}${checker}`);
    write('refused.yaml', `${GOOD}"##[error]z": 1\n`);
    const env = { ...process.env, GITHUB_ACTIONS: 'true' };
    for (const [file, format] of [
      ...['text', 'markdown', 'json'].map((one) => ['commands', one]),
      ['refused', 'text'],
    ]) {
      const said = planRun(['diff', 'good.yaml', `${file}.yaml`, '--format', `${format}`], { cwd, env });
      expect(said.stdout + said.stderr, `${file} ${format}`).not.toMatch(/##\[|^\s*::/m);
    }
  });

  it('compares both for another environment', () => {
    expect(diff('good.yaml', 'good.yaml', '--env', 'lab').stdout).toContain('no change in meaning');
    expect(diff('good.yaml', 'good.yaml', '--env', 'nowhere').status).toBe(65);
  });
});
