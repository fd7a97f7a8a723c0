import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { planRun } from './program.ts';

/** Neither what the machine has set up for git, nor what a workflow says about itself. */
const PLAIN = {
  ...process.env,
  ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GITHUB_ACTIONS: '', GITHUB_BASE_REF: '' },
};
const WHO = ['-c', 'user.name=somebody', '-c', 'user.email=somebody@localhost', '-c', 'protocol.file.allow=always'];

/** A git repository in a folder of its own, on the branch `main`. */
export class Repository {
  readonly path: string;
  readonly #root: string;

  constructor() {
    this.#root = realpathSync(mkdtempSync(join(tmpdir(), 'plan-run-git-')));
    this.path = join(this.#root, 'repository');
    mkdirSync(this.path);
    this.git('init', '-q', '-b', 'main');
  }

  /** A path beside the repository. */
  beside(name: string): string {
    return join(this.#root, name);
  }

  git(...args: readonly (string | Buffer)[]): string {
    const words = args.map(String);
    return execFileSync('git', [...WHO, ...words], {
      cwd: this.path,
      env: PLAIN,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  }

  write(name: string | Buffer, text: string | Buffer): void {
    const path = Buffer.concat([Buffer.from(`${this.path}/`), Buffer.from(name)]);
    if (typeof name === 'string') mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(path, text);
  }

  /** Commits all that is there. @returns the commit. */
  commit(files: Readonly<Record<string, string>> = {}): string {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    this.git('add', '--all');
    this.git('commit', '-q', '--allow-empty', '-m', 'a change');
    return this.git('rev-parse', 'HEAD');
  }

  review(args: readonly string[] = [], { cwd = this.path, env = {} as Readonly<Record<string, string>> } = {}) {
    return planRun(['review', ...args], { cwd, env: { ...PLAIN, ...env } });
  }

  /** What `--format json` says of the plans. */
  plans(...args: readonly string[]) {
    const { stdout, stderr } = this.review([...args, '--format', 'json']);
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout).plans as ReviewedPlan[];
  }

  /** Status and file of each plan: `changed plan.yaml`. */
  told(...args: readonly string[]): string[] {
    return this.plans(...args).map(({ file, was, status }) => `${status} ${was === null ? '' : `${was} > `}${file}`);
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

export interface ReviewedPlan {
  readonly file: string;
  readonly was: string | null;
  readonly status: string;
  readonly kind: string;
  readonly errors: number;
  readonly errors_before: number;
  readonly problems: readonly { readonly rule: string; readonly message: string; readonly file: string }[];
  readonly changes: readonly { readonly subject: string; readonly strictness?: string }[] | null;
  readonly notes: readonly string[];
  readonly rehearsal: {
    readonly seeds: number;
    readonly before: ReviewedSide | null;
    readonly after: ReviewedSide | null;
  } | null;
}

interface ReviewedSide {
  readonly expect: string;
  readonly impossible: string | null;
  readonly runs: number;
  readonly as_expected: number;
  readonly seeds: readonly number[];
  readonly valid: readonly (boolean | 'unknown')[];
  readonly lost: readonly (number | null)[];
  readonly errors: readonly { readonly message: string }[];
}
