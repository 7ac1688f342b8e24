import type { FileContent } from '../edits/types.js';

/** Larger files are not edited: they would not fit into any local model's context anyway. In bytes. */
export const LARGEST_TEXT = 1024 * 1024;

/** The pointer specification allows less than 1,024 bytes (git-lfs docs/spec.md); hawser is its name before 2015. */
const LFS_POINTER = /^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\/v1\r?\n/;
const LARGEST_POINTER = 1024;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A blob as the edit engine takes it. Text is exact: its UTF-8 encoding gives the same bytes back, byte order mark and
 * line ends included; what can't promise that is not text.
 */
export function classifyBlob(bytes: Buffer, executable: boolean): FileContent {
  if (bytes.length > LARGEST_TEXT) return { kind: 'too-large' };
  if (bytes.includes(0)) return { kind: 'binary' };
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return { kind: 'not-utf8' };
  }
  if (bytes.length < LARGEST_POINTER && LFS_POINTER.test(text)) return { kind: 'lfs-pointer' };
  return executable ? { kind: 'text', text, executable } : { kind: 'text', text };
}
