import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A server on a port of loopback that stays the same when it goes down and comes up again. */
export interface LoopbackServer {
  readonly url: string;
  openSockets(): number;
  /** Breaks all connections and listens no more. */
  goDown(this: void): void;
  up(this: void): Promise<void>;
  close(): Promise<void>;
}

/** `answer` may throw: that is noted in `failures`, and the connection is broken. */
export async function startLoopbackServer(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  failures: string[],
): Promise<LoopbackServer> {
  const sockets = new Set<Socket>();
  let port = 0;
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      failures.push(`the scripted server failed: ${String(error)}`);
      response.destroy();
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that goes away in the middle is part of many tests.
    socket.on('error', () => {});
  });
  const up = async (): Promise<void> =>
    new Promise((resolve, reject) => {
      if (server.listening) return resolve();
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
  await up();
  port = readPort(server);
  return {
    url: `http://127.0.0.1:${port}`,
    openSockets: () => sockets.size,
    goDown() {
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
    },
    up,
    async close() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => void server.close(resolve));
    },
  };
}

/** Address of a port on which nothing listens. */
export async function findClosedAddress(): Promise<URL> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const port = readPort(server);
  await new Promise((resolve) => void server.close(resolve));
  return new URL(`http://127.0.0.1:${port}`);
}

function readPort(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('The scripted server does not listen.');
  return address.port;
}

export function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(value));
}

/** Pieces of about a token each. */
export function splitText(text: string): string[] {
  return text.match(/.{1,6}/gsu) ?? [];
}

/**
 * Sends text in odd pieces that end in the middle of lines and of characters, as a network may. Many pieces for a short
 * answer, some 40 for a long one.
 */
export async function sendPieces(
  response: ServerResponse,
  text: string,
  how: { bytes?: number | undefined; pieceMs?: number | undefined; stayOpen?: boolean } = {},
): Promise<void> {
  const bytes = Buffer.from(text);
  const size = how.bytes ?? Math.max(61, Math.ceil(bytes.length / 40));
  for (let start = 0; start < bytes.length; start += size) {
    if (response.destroyed) return;
    response.write(bytes.subarray(start, start + size));
    await (how.pieceMs === undefined ? new Promise(setImmediate) : delay(how.pieceMs));
  }
  if (how.stayOpen !== true) response.end();
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
