import { EXIT, type ExitCode } from '../errors.js';
import { cleanText } from '../report/clean-text.js';
import { createStyle, type Style } from '../report/style.js';
import { printAnswer, type CommandContext } from './context.js';
import { diagnose } from './diagnose/diagnose.js';
import type { Finding } from './diagnose/finding.js';

/** `nexus doctor`: what is wrong with this set-up, and what mends each thing. */
export async function doctor(context: CommandContext): Promise<ExitCode> {
  const findings = await diagnose(context.cwd, context.signal);
  const failed = findings.some(({ level }) => level === 'fail');
  await printAnswer(context, { ok: !failed, findings }, () =>
    renderFindings(findings, createStyle(context.terminal.colours)),
  );
  return failed ? EXIT.attention : EXIT.ok;
}

/** One line for each finding, and what mends it under it. */
export function renderFindings(findings: readonly Finding[], style: Style): string {
  return findings.map((finding) => renderFinding(finding, style)).join('\n');
}

function renderFinding({ level, message, remedy }: Finding, style: Style): string {
  const paint = { ok: style.good, warn: style.warn, fail: style.bad }[level];
  const [first = '', ...rest] = cleanText(message).split('\n');
  const lines = [`${paint(level.padEnd(4))}  ${first}`, ...rest.map((line) => `      ${line}`)];
  if (remedy !== undefined) lines.push(`      → ${cleanText(remedy).replaceAll('\n', '\n        ')}`);
  return lines.join('\n');
}
