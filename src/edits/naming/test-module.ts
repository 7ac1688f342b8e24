import type { Declaration } from '../../syntax/types.js';
import type { Leaf, Level, Scene } from './leaves.js';
import { membersOf, slice } from './piece.js';
import { isTest } from './scopes.js';

const FOR_TESTS = /#\[cfg\(test\)\]/;
const SEES_ALL = /^\s*use super::\*;/;

/**
 * Moves the new tests of a Rust reply from the top of the file to its module of tests, where the file has one that holds
 * all of its tests and sees all of its names. Tests that are there already go along, so that the new ones follow them.
 */
export function moveTests(levels: Level[], scene: Scene): void {
  const [top] = levels;
  const module = top?.leaves.some(isNewTest) === true ? findModule(scene) : undefined;
  if (top === undefined || module === undefined) return;
  const siblings = membersOf(module);
  const goes = (leaf: Leaf) =>
    isNewTest(leaf) || (leaf.target.kind === 'found' && siblings.includes(leaf.target.declaration));
  levels.push({ siblings, isClass: false, leaves: top.leaves.filter(goes) });
  top.leaves = top.leaves.filter((leaf) => !goes(leaf));
}

function isNewTest({ target, wanted }: Leaf): boolean {
  return target.kind === 'new' && wanted.scope.length === 0 && isTest(wanted);
}

function findModule({ file, lines, parser }: Scene): Declaration | undefined {
  if (parser.language !== 'Rust' || file.declarations.some(isTest)) return undefined;
  const modules = file.declarations.filter(
    ({ kind, signature }) => kind === 'namespace' && FOR_TESTS.test(signature),
  );
  const [module] = modules;
  if (module === undefined || modules.length > 1 || !membersOf(module).some(isTest)) return undefined;
  return slice(lines, module.lines).some((line) => SEES_ALL.test(line)) ? module : undefined;
}
