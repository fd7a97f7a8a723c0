/** The double as a program that takes what mongod takes: `--version`, or `--config FILE`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Member } from './member.ts';

const VERSION = '7.0.99';

async function main([option, path]: readonly string[]): Promise<void> {
  if (option === '--version') {
    process.stdout.write(`db version v${VERSION}\nBuild Info: a double for tests of plan-run, not MongoDB\n`);
    return;
  }
  if (option !== '--config' || path === undefined) throw new Error('usage: mongod --version | mongod --config FILE');
  const conf = JSON.parse(readFileSync(path, 'utf8'));
  const say = (words: string) => process.stdout.write(`${new Date().toISOString()} ${words}\n`);
  say(`a double for tests of plan-run, not MongoDB; pid ${process.pid}`);
  const member = new Member({
    host: `${conf.net.bindIp}:${conf.net.port}`,
    path: join(conf.storage.dbPath, 'double.jsonl'),
    say,
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      say(`ends on ${signal}`);
      process.exit(0);
    });
  await member.listen();
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
