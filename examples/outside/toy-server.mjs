// A set in the memory of one process: `add 7` answers `ok`, `read` answers `0 3 7`. It forgets when it is killed.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const [, , host, port] = process.argv;
const set = new Set();

createServer((socket) => {
  socket.on('error', () => {});
  createInterface({ input: socket }).on('line', (line) => {
    const [command, value] = line.split(' ');
    if (command === 'add') set.add(Number(value));
    socket.write(command === 'add' ? 'ok\n' : `${[...set].join(' ')}\n`);
  });
}).listen(Number(port), host);
