import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { ObjectId } from '../repository.js';

/** An object that is to be written. */
export interface NewObject {
  kind: 'blob' | 'tree' | 'commit';
  oid: ObjectId;
  bytes: Buffer;
}

/** Its name is that of its content, in the hash (SHA-1 or SHA-256) of `like`. */
export function newObject(kind: NewObject['kind'], content: Buffer | string, like: ObjectId): NewObject {
  const bytes = Buffer.from(content);
  const oid = createHash(hashOf(like)).update(`${kind} ${bytes.length}\0`).update(bytes).digest('hex');
  return { kind, oid, bytes };
}

const TYPES = { commit: 1, tree: 2, blob: 3 };

/**
 * A pack with these objects, whole and none as a difference to another: what `git unpack-objects` reads from its input
 * (gitformat-pack(5)).
 */
export function packOf(objects: readonly NewObject[], like: ObjectId): Buffer {
  const header = Buffer.alloc(12);
  header.write('PACK');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.length, 8);
  const entries = objects.flatMap(({ kind, bytes }) => [
    entryHeader(TYPES[kind], bytes.length),
    deflateSync(bytes, { level: 1 }),
  ]);
  const content = Buffer.concat([header, ...entries]);
  return Buffer.concat([content, createHash(hashOf(like)).update(content).digest()]);
}

/** Type and size: four bits of the size, then seven in each further byte; the top bit says that another follows. */
function entryHeader(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 128;
    bytes.push(rest & 127);
  }
  return Buffer.from(bytes);
}

function hashOf(like: ObjectId): string {
  return like.length === 64 ? 'sha256' : 'sha1';
}
