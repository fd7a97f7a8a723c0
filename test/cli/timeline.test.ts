import { afterAll, describe, expect, it } from 'vitest';
import { GOOD, planFolder } from './folder.ts';
import { planRun, planRunHead } from './program.ts';

const folder = planFolder();
afterAll(folder.remove);
const cwd = folder.path;
const timeline = (...args: string[]) => planRun(['timeline', ...args], { cwd });

describe('timeline', () => {
  it('prints what a plan becomes to stdout, and what is wrong with it to stderr', () => {
    const { status, stdout, stderr } = timeline('warned.yaml');
    expect(status).toBe(0);
    expect(stdout).toMatch(/ 3s {2}f1 partition: cut \{n1, n2\} from \{n3, n4, n5\}, until the heal +warned\.yaml:8\n/);
    expect(stdout).toContain('heal: undo f1');
    expect(stderr).toContain('[fault-never-undone]');
  });

  it('prints nothing of a refused plan', () => {
    const { status, stdout, stderr } = timeline('bad.yaml');
    expect([status, stdout]).toEqual([65, '']);
    expect(stderr).toContain('there is no database "redes"');
  });

  it('gives the same bytes for the same plan and seed', () => {
    const json = () => timeline('good.yaml', '--format', 'json', '--seed', '4294967295').stdout;
    expect(json()).toBe(json());
    expect(JSON.parse(json())).toMatchObject({ timeline: 1, plan: 'good', seed: 4294967295 });
  });

  it('draws a chart', () => {
    const { stdout } = timeline('warned.yaml', '--format', 'mermaid');
    expect(stdout).toMatch(/^%%\{init: .*\ngantt\n/);
    expect(stdout).toContain(
      '\n  section partition, line 8\n  f1 cut {n1, n2} from {n3, n4, n5}, until the heal :crit, ',
    );
  });

  it('says what the command line changed', () => {
    const { stdout } = timeline('good.yaml', '--set', 'faults=[{at: 1s, for: 6s, kill: n1}]', '--set', 'settle=5s');
    expect(stdout).toContain('  changed   by --set settle=5s\n');
    expect(stdout).toMatch(/ 1s {2}f1 kill \{n1\}, for 6s +--set faults\n/);
  });

  it('says nothing more when nobody reads on', async () => {
    const kill = Array.from({ length: 990 }, (_, index) => `  - { at: ${14 + index * 5}s, for: 5s, kill: n1 }\n`);
    folder.write('long.txt', GOOD.replace('2000', '1000000') + kill.join(''));
    expect(await planRunHead(['timeline', 'long.txt', '--format', 'json'], { cwd })).toEqual({ status: 0, stderr: '' });
  });
});
