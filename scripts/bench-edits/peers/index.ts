import { join } from 'node:path';
import { aiderPeers, fetchAider } from './aider.js';
import { gitApply, gnuPatch, isThere } from './diff-programs.js';
import { jsdiff } from './jsdiff.js';
import type { Peer } from './peer.js';

/** The programs that are on this machine; `tell` says which are not. */
export function findPeers(cache: string, scripts: string, tell: (line: string) => void): Peer[] {
  const peers: Peer[] = [jsdiff];
  const hasShell = process.platform !== 'win32';
  for (const [command, peer] of [
    ['git', gitApply],
    ['patch', gnuPatch],
  ] as const) {
    if (hasShell && isThere(command)) peers.push(peer);
    else tell(`${peer.name} is left out: it is not on this machine.`);
  }
  const aider = fetchAider(cache, tell);
  if (aider !== undefined)
    peers.push(...aiderPeers(join(scripts, 'bench-edits', 'peers', 'aider.py'), aider));
  return peers;
}
