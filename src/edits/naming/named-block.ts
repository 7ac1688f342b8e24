import type { SettledEdit } from '../file-result.js';
import type { WholeEdit } from '../reading/edit.js';
import type { Piece } from './piece.js';

/** A block of a reply that holds some declarations of a file. */
export interface NamedBlock {
  settled: SettledEdit<WholeEdit>;
  piece: Piece;
}
