import path from 'node:path';

/** Whether `target` is `folder` or below it; both absolute and normalised. Links are not followed. */
export function isInside(target: string, folder: string): boolean {
  const rest = path.relative(folder, target);
  return rest === '' || (rest !== '..' && !rest.startsWith(`..${path.sep}`) && !path.isAbsolute(rest));
}
