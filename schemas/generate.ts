/**
 * Writes what is generated from the modules and the languages: schemas/*.schema.json and schemas/reference.md. With --check it writes nothing, and exits
 * with 1 where a file is not what it would write.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { referenceMarkdown } from '../src/cli/reference/markdown.ts';
import { topicsOf } from '../src/cli/reference/topics.ts';
import { makeRegistry } from '../src/cli/registry.ts';
import { planSchema } from '../src/plan/index.ts';
import { inventorySchema } from '../src/plan/inventory/index.ts';

const generated: Readonly<Record<string, () => string>> = {
  'schemas/inventory.schema.json': () => `${JSON.stringify(inventorySchema(), null, 2)}\n`,
  'schemas/reference.md': () => referenceMarkdown(topicsOf(makeRegistry()).map(({ topic }) => topic())),
  'schemas/plan.schema.json': () => `${JSON.stringify(planSchema(makeRegistry()), null, 2)}\n`,
};

const check = process.argv.includes('--check');
for (const [path, make] of Object.entries(generated)) {
  const url = new URL(`../${path}`, import.meta.url);
  const text = make();
  const current = existsSync(url) && readFileSync(url, 'utf8') === text;
  if (current) continue;
  if (!check) writeFileSync(url, text);
  else {
    console.error(`${path} is not current: npm run generate`);
    process.exitCode = 1;
  }
}
