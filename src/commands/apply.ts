import { resolve } from 'node:path';
import { isStraight } from '../edits/straight.js';
import type { EditFormat, LocatedEdit, Rejection } from '../edits/types.js';
import { applyToFiles, type ApplyReport } from '../engine/apply/apply-to-files.js';
import { EXIT, type ExitCode } from '../errors.js';
import { cleanLine } from '../report/clean-text.js';
import { count } from '../report/quantities.js';
import { createStyle, type Style } from '../report/style.js';
import { printAnswer, type CommandContext } from './context.js';
import { loadReply } from './load-reply.js';
import { printDiff } from './print-diff.js';
import { suggestForReply } from './suggest-for-reply.js';

export interface ApplyFlags {
  root?: string;
  files?: readonly string[];
  format?: EditFormat;
  dryRun?: boolean;
}

/** `nexus apply REPLY.md`: writes what a reply of any chat model asks for to the working files, all of it or nothing. */
export async function apply(context: CommandContext, name: string, flags: ApplyFlags): Promise<ExitCode> {
  const { cwd, signal, terminal } = context;
  const dryRun = flags.dryRun === true;
  const report = await applyToFiles({
    reply: await loadReply(context, name),
    replyFile: name === '-' ? undefined : resolve(cwd, name),
    root: resolve(cwd, flags.root ?? '.'),
    names: flags.files,
    format: flags.format,
    dryRun,
    signal,
    onMissing: ({ message, remedy }) => terminal.err(cleanLine(`${message} ${remedy}`)),
  });
  const style = createStyle(terminal.colours);
  if (!context.json && dryRun && report.applied) {
    terminal.err(renderApplied(report, createStyle(terminal.coloursOnStderr), 'would apply'));
    printDiff(terminal, report.diff);
    return EXIT.ok;
  }
  await printAnswer(context, documentOf(report), () =>
    report.applied ? renderApplied(report, style, 'applied') : renderRejected(report, flags, style),
  );
  return report.applied ? EXIT.ok : EXIT.attention;
}

function documentOf({ applied, edits, rejections, diff }: ApplyReport): unknown {
  return {
    applied,
    edits: edits.map(({ path, format, pass, line }) => ({ path, format, pass, line })),
    rejections: rejections.map(({ path, code, message, feedback }) => ({
      path: path ?? null,
      code,
      message,
      feedback,
    })),
    diff,
  };
}

function renderApplied({ edits, changes, place }: ApplyReport, style: Style, verb: string): string {
  const what = `${count(edits.length, 'edit')} in ${count(changes.length, 'file')} below ${cleanLine(place.root)}`;
  return [`${style.good(verb)} ${what}:`, ...edits.map((edit) => `  ${renderEdit(edit, style)}`)].join('\n');
}

function renderEdit({ path, format, pass, line }: LocatedEdit, style: Style): string {
  const place = line === 0 ? cleanLine(path) : `${cleanLine(path)}:${line}`;
  const how = `${format}, ${pass}`;
  return `${place}  ${isStraight(pass) ? style.faint(how) : style.warn(how)}`;
}

function renderRejected(report: ApplyReport, flags: ApplyFlags, style: Style): string {
  const { rejections } = report;
  const suggestions = suggestForReply(report, flags.files !== undefined);
  return [
    `${style.bad('rejected')}: nothing was written.`,
    ...rejections.map((rejection) => `  ${renderRejection(rejection, style)}`),
    ...suggestions.map((suggestion) => `  → ${suggestion}`),
    '',
    style.faint('To send back to the model:'),
    '',
    [...new Set(rejections.map(({ feedback }) => feedback))].join('\n\n'),
  ].join('\n');
}

function renderRejection({ code, message }: Rejection, style: Style): string {
  return `${style.warn(code)}  ${cleanLine(message)}`;
}
