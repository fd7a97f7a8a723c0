/** A service for tests: a set in a file, a log of its own, and roles by a file. Arguments: host, port, file. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [host, port, file, ...rest] = process.argv.slice(2);
console.log(JSON.stringify({ rest, token: process.env.TOKEN, cwd: process.cwd() }));
if (rest.includes('--die')) {
  console.log('cannot live like this');
  process.exit(3);
}
mkdirSync('own', { recursive: true });
appendFileSync('own/app.log', `started ${process.pid}\n`);
const elements = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
process.on('SIGINT', () => {
  appendFileSync('own/app.log', 'asked to end by SIGINT\n');
  process.exit(0);
});

createServer((incoming, outgoing) => {
  let body = '';
  incoming.on('data', (chunk) => (body += chunk));
  incoming.on('end', () => {
    if (incoming.method === 'POST') appendFileSync(file, `${body}\n`);
    const role = existsSync('primary') ? 'primary' : 'replica';
    if (incoming.url === '/quit') setImmediate(() => process.exit(0));
    outgoing
      .writeHead(200)
      .end(JSON.stringify({ role, key: incoming.headers['x-key'], elements: elements().map(Number) }));
  });
}).listen(Number(port), host);
