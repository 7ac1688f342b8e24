/** Markers of the chat templates and fill-in-the-middle formats of the models that people run at home. */
const SPECIAL_TOKEN =
  /<[|｜](?:[a-z][a-z0-9_▁ ]{2,40}|\/?(?:im|fim|eot|eom)[a-z_]*)[|｜]>|<\/?(?:start|end)_of_turn>|\[\/?INST\]|<<\/?SYS>>|<(?:fim_(?:prefix|middle|suffix|pad)|file_sep|repo_name|unused\d+|bos|eos)>|<\/s>\s*$|^<s>\s*$/i;
const CONFLICT = /^(?:<{7}|>{7}|\|{7})(?: |$)/;

/** The special token in a line, or undefined. */
export function specialTokenIn(line: string): string | undefined {
  return line.length > 2000 ? undefined : SPECIAL_TOKEN.exec(line)?.[0].trim();
}

/** Whether a line is the start, base or end marker that git leaves in a conflict. */
export function isConflictMarker(line: string): boolean {
  return CONFLICT.test(line);
}
