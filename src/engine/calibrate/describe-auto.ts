import { preferMeasured, type MeasuredFormats } from '../../coding/choose-format.js';
import type { EditFormat } from '../../edits/types.js';

/** What `format: auto` comes to, by what there is to change. */
export interface AutoFormats {
  /** Files that are small enough to be sent whole. */
  small: EditFormat;
  /** Larger ones in which the words of the step name declarations. */
  named: EditFormat;
  other: EditFormat;
  /** Whether it is what it would be without a measurement. */
  isUsual: boolean;
}

/** As `chooseFormat` decides for files of these sorts. */
export function findAutoFormats(measured: MeasuredFormats): AutoFormats {
  const large: EditFormat[] = ['search-replace', 'unified-diff'];
  const named = preferMeasured('named-declaration', ['named-declaration', ...large], measured);
  const other = preferMeasured('search-replace', large, measured);
  const small = preferMeasured('whole-file', ['whole-file', 'named-declaration', ...large], measured);
  const isUsual = small === 'whole-file' && named === 'named-declaration' && other === 'search-replace';
  return { small, named, other, isUsual };
}
