import type { LocatedEdit, Rejection } from '../types.js';
import type { Change } from './change.js';
import type { Scene } from './leaves.js';
import { refuseNamed, type Refused } from './refuse-named.js';
import type { Visibility } from './visibility.js';

/** What named declarations come to in one file. */
export interface NamedPlaces {
  changes: Change[];
  notes: LocatedEdit[];
  rejections: Rejection[];
}

/** What is at hand while the declarations of one file are placed. */
export interface Placing extends Scene {
  visibility: Visibility;
  places: NamedPlaces;
  /** Whether the file has such a line, white space around it aside. */
  isKnown: (line: string) => boolean;
}

/** Notes that a declaration has no place. */
export function reject(refused: Refused, { lines, places }: Placing): void {
  places.rejections.push(refuseNamed(refused, lines));
}
