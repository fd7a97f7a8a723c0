#!/usr/bin/env node
/**
 * Puts the review in a folder (review.md, review.json) into one comment on a pull request: the first time a new one, after
 * that the same. Where no plan differs and nothing was said before, nothing is said.
 *
 *     node post-comment.mjs FOLDER
 *
 * In: GH_TOKEN (for gh), GITHUB_REPOSITORY, PULL_REQUEST; COMMENT_AUTHOR (whose comments are our own), GITHUB_SERVER_URL and
 * GITHUB_RUN_ID for the link to the run.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const MARKER = '<!-- plan-run review -->';
/** Characters of a comment that GitHub takes. */
const COMMENT_MAX = 65_536;
const NOTE_MAX = 500;
const PAGE_SIZE = 100;

const [folder = '.'] = process.argv.slice(2);
const { GITHUB_REPOSITORY, PULL_REQUEST = '', COMMENT_AUTHOR = 'github-actions[bot]' } = process.env;
const { GITHUB_SERVER_URL = 'https://github.com', GITHUB_RUN_ID } = process.env;

if (/^\d+$/.test(PULL_REQUEST)) post();
else {
  console.log('::error title=plan-run::PULL_REQUEST must be the number of a pull request.');
  process.exitCode = 1;
}

function post() {
  const review = readFileSync(join(folder, 'review.md'), 'utf8');
  const { plans } = JSON.parse(readFileSync(join(folder, 'review.json'), 'utf8'));
  const comments = `repos/${GITHUB_REPOSITORY}/issues/${PULL_REQUEST}/comments`;
  const own = ownComment(comments);
  const body = commentOf(review.startsWith(MARKER) ? review : `${MARKER}\n${review}`);
  if (own !== undefined) {
    api(`repos/${GITHUB_REPOSITORY}/issues/comments/${own.id}`, 'PATCH', { body });
    console.log(`Updated comment ${own.id}.`);
  } else if (plans.length > 0) {
    api(comments, 'POST', { body });
    console.log('Commented.');
  } else console.log('No plan differs: no comment.');
}

/** Anybody can write the marker; only in a comment of our own does it mean something. */
function ownComment(comments) {
  for (let page = 1; ; page++) {
    const some = api(`${comments}?per_page=${PAGE_SIZE}&page=${page}`);
    const own = some.find(({ user, body }) => user?.login === COMMENT_AUTHOR && body?.startsWith(MARKER));
    if (own !== undefined || some.length < PAGE_SIZE) return own;
  }
}

function api(path, method = 'GET', body = undefined) {
  const input = body === undefined ? {} : { input: JSON.stringify(body) };
  const args = ['api', path, '--method', method, ...(body === undefined ? [] : ['--input', '-'])];
  const stdio = [body === undefined ? 'ignore' : 'pipe', 'pipe', 'inherit'];
  return JSON.parse(execFileSync('gh', args, { ...input, stdio, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }));
}

/** What is too long ends behind a line that is outside of code and of `<details>`: they would swallow what follows. */
function commentOf(text) {
  if (text.length <= COMMENT_MAX) return text;
  const run = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
  const lines = text.split('\n');
  let size = 0;
  let fence = '';
  let depth = 0;
  let kept = 0;
  for (const [index, line] of lines.entries()) {
    size += line.length + 1;
    if (size > COMMENT_MAX - NOTE_MAX) break;
    const [, mark = '', info = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (fence === '') {
      fence = mark;
      depth += occurrences(line, '<details') - occurrences(line, '</details');
    } else if (mark.startsWith(fence) && info.trim() === '') fence = '';
    if (fence === '' && depth <= 0) kept = index + 1;
  }
  const start = lines.slice(0, kept).join('\n');
  return `${start}\n\n_The review is longer than a comment may be: [the rest](${run}) is in the summary of the run._\n`;
}

function occurrences(line, text) {
  return line.split(text).length - 1;
}
