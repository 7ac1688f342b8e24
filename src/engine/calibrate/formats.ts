/** Formats in the order in which they are asked for and shown. */
export const CALIBRATED_FORMATS = [
  'whole-file',
  'named-declaration',
  'search-replace',
  'unified-diff',
] as const;
export type CalibratedFormat = (typeof CALIBRATED_FORMATS)[number];
