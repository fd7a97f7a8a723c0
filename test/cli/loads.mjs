// Loaded before the program by `--import`: writes the name of every package that it imports to the file of LOADS.
import { appendFileSync } from 'node:fs';
import { register } from 'node:module';

const hooks = `
import { appendFileSync } from 'node:fs';
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(found.url)?.[1];
  if (name) appendFileSync(process.env.LOADS, name + '\\n');
  return found;
}`;
appendFileSync(process.env.LOADS, '');
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
