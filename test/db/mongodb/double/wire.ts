/** MongoDB's wire protocol, as far as a driver and the members of the double need it: OP_MSG, and OP_QUERY for a driver's first hello. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Document, deserialize, serialize } from 'bson';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const MORE_TO_COME = 2;
const EXHAUST_ALLOWED = 0x10000;

export interface Request {
  readonly id: number;
  readonly op: number;
  readonly command: Document;
  /** The client wants no answer. */
  readonly moreToCome: boolean;
  /** The client takes answer after answer. */
  readonly exhaustAllowed: boolean;
}

/** What is done with a request: an answer, none and the end of the connection, or nothing at all. */
export type Reply = Document | 'drop' | 'hang';

/** Serves requests, one after another on each connection. `again` answers an exhaust request once more. */
export function serve(answer: (request: Request, socket: Socket) => Promise<Reply>, sockets: Set<Socket>): Server {
  return createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let turn = Promise.resolve();
    eachMessage(socket, (bytes) => {
      const request = parse(bytes);
      turn = turn.then(() => respond(request, answer, socket));
    });
  });
}

async function respond(
  request: Request,
  answer: (request: Request, socket: Socket) => Promise<Reply>,
  socket: Socket,
): Promise<void> {
  for (let { command } = request; !socket.destroyed; ) {
    const reply = await answer({ ...request, command }, socket);
    if (reply === 'drop') socket.destroy();
    if (typeof reply === 'string' || request.moreToCome) return;
    const stream = request.exhaustAllowed && reply.ok === 1 && reply.topologyVersion !== undefined;
    if (socket.destroyed) return;
    socket.write(
      request.op === OP_QUERY ? opReply(request.id, reply) : opMsg(request.id, reply, stream ? MORE_TO_COME : 0),
    );
    if (!stream) return;
    command = { ...command, topologyVersion: reply.topologyVersion };
  }
}

function eachMessage(socket: Socket, found: (bytes: Buffer) => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size < 4) return;
    if (chunks.length > 1 && size >= 4) {
      const head = chunks[0] as Buffer;
      // A large message comes in many chunks: they are put together once, not at each.
      if (head.length >= 4 && size < head.readInt32LE(0)) return;
    }
    let all = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    while (all.length >= 4 && all.length >= all.readInt32LE(0)) {
      const length = all.readInt32LE(0);
      found(all.subarray(0, length));
      all = all.subarray(length);
    }
    chunks = all.length === 0 ? [] : [all];
    size = all.length;
  });
}

function parse(bytes: Buffer): Request {
  const id = bytes.readInt32LE(4);
  const op = bytes.readInt32LE(12);
  if (op === OP_QUERY) {
    const nameEnd = bytes.indexOf(0, 20);
    return { id, op, command: decode(bytes.subarray(nameEnd + 9)), moreToCome: false, exhaustAllowed: false };
  }
  if (op !== OP_MSG) throw new Error(`no message of kind ${op} is known`);
  const flags = bytes.readUInt32LE(16);
  let command: Document = {};
  for (let at = 20; at < bytes.length; ) {
    const size = bytes.readInt32LE(at + 1);
    if (bytes[at] === 0) {
      command = { ...command, ...decode(bytes.subarray(at + 1, at + 1 + size)) };
    } else {
      const nameEnd = bytes.indexOf(0, at + 5);
      const documents: Document[] = [];
      for (let from = nameEnd + 1; from < at + 1 + size; from += bytes.readInt32LE(from))
        documents.push(decode(bytes.subarray(from, from + bytes.readInt32LE(from))));
      command[bytes.toString('utf8', at + 5, nameEnd)] = documents;
    }
    at += 1 + size;
  }
  return { id, op, command, moreToCome: (flags & MORE_TO_COME) !== 0, exhaustAllowed: (flags & EXHAUST_ALLOWED) !== 0 };
}

const decode = (bytes: Uint8Array) => deserialize(bytes, { promoteBuffers: false });

let requests = 0;

function header(length: number, responseTo: number, op: number): Buffer {
  const head = Buffer.alloc(16);
  head.writeInt32LE(length, 0);
  head.writeInt32LE(++requests & 0x7fffffff, 4);
  head.writeInt32LE(responseTo, 8);
  head.writeInt32LE(op, 12);
  return head;
}

function opMsg(responseTo: number, document: Document, flags = 0): Buffer {
  const body = serialize(document);
  const head = Buffer.alloc(5);
  head.writeUInt32LE(flags, 0);
  return Buffer.concat([header(21 + body.length, responseTo, OP_MSG), head, body]);
}

function opReply(responseTo: number, document: Document): Buffer {
  const body = serialize(document);
  const head = Buffer.alloc(20);
  head.writeInt32LE(8, 0);
  head.writeInt32LE(1, 16);
  return Buffer.concat([header(36 + body.length, responseTo, OP_REPLY), head, body]);
}

/** A connection to another member, one request at a time; opened when it is needed, given up when an answer is late. */
export class Peer {
  readonly #host: string;
  readonly #port: number;
  readonly #localAddress: string;
  #socket: Socket | undefined;
  #waiting: ((answer: Document | undefined) => void) | undefined;

  constructor(hostPort: string, localAddress: string) {
    const [host = '', port = ''] = hostPort.split(':');
    this.#host = host;
    this.#port = Number(port);
    this.#localAddress = localAddress;
  }

  /** Undefined where there is no answer in time. */
  async ask(command: Document, timeoutMs: number): Promise<Document | undefined> {
    const socket = this.#socket ?? this.#open();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.close(), timeoutMs);
      this.#waiting = (answer) => {
        clearTimeout(timer);
        this.#waiting = undefined;
        resolve(answer);
      };
      socket.write(opMsg(0, command));
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#waiting?.(undefined);
  }

  #open(): Socket {
    const socket = connect({ host: this.#host, port: this.#port, localAddress: this.#localAddress });
    this.#socket = socket;
    socket.setNoDelay(true);
    eachMessage(socket, (bytes) => this.#waiting?.(parse(bytes).command));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.close();
    });
    return socket;
  }
}
