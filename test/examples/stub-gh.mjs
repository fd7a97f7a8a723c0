#!/usr/bin/env node
/**
 * Stands in for `gh api`, as examples/ci uses it: the comments of a pull request are an array in the file COMMENTS, and each
 * call that changes something is added to the file CALLS.
 */
import { appendFileSync, readFileSync } from 'node:fs';

const [api, path, ...options] = process.argv.slice(2);
const [method, input] = [options[1], options.slice(2).join(' ')];
if (api !== 'api' || options[0] !== '--method' || !process.env.GH_TOKEN) throw new Error(`unexpected: ${process.argv}`);
if (method === 'GET') {
  const query = new URL(path, 'https://localhost').searchParams;
  const [size, page] = [Number(query.get('per_page')), Number(query.get('page'))];
  const comments = JSON.parse(readFileSync(process.env.COMMENTS, 'utf8'));
  process.stdout.write(JSON.stringify(comments.slice((page - 1) * size, page * size)));
} else {
  if (input !== '--input -') throw new Error(`unexpected: ${process.argv}`);
  appendFileSync(process.env.CALLS, `${JSON.stringify({ method, path, ...JSON.parse(readFileSync(0, 'utf8')) })}\n`);
  process.stdout.write('{}');
}
