import type { Calibration, EditResult, PlanResult } from '../engine/calibrate/calibration.js';
import { CALIBRATED_FORMATS } from '../engine/calibrate/formats.js';
import { findAutoFormats } from '../engine/calibrate/describe-auto.js';
import { CALIBRATION_EDITS } from '../engine/calibrate/edits/all.js';
import {
  measuredFormats,
  readingSpeed,
  sumFormats,
  writingSpeed,
  type FormatFigures,
  type Speed,
} from '../engine/calibrate/figures.js';
import { withoutFolders } from '../models/names.js';
import { cleanLine } from '../report/clean-text.js';
import { renderDuration, renderMoment } from '../report/quantities.js';
import type { Style } from '../report/style.js';
import { renderTable, type Cell } from '../report/table.js';
import { partsOf, type MeasuredModel } from './calibrate-document.js';

/** What was measured of one model, for people. @param columns see `renderTable` */
export async function renderMeasured(
  measured: MeasuredModel,
  style: Style,
  columns: number | undefined,
): Promise<string> {
  const { roles, calibration } = measured;
  const { model, backend, measuredAt } = calibration;
  const { edits, plans } = partsOf(measured);
  const what = [model.parameters, model.quantisation].filter((part) => part !== undefined).join(' ');
  const server = backend.version === undefined ? backend.kind : `${backend.kind} ${backend.version}`;
  const moment = renderMoment(Date.parse(measuredAt), Date.now());
  const remarks = [what, server, `measured ${moment}`].filter((part) => part !== '').join(', ');
  const table = edits.length === 0 ? [] : [await renderFormats(edits, style, columns)];
  return [
    `${style.strong(roles.join(' and '))}: ${style.name(cleanLine(withoutFolders(model.name)))} ${style.faint(`(${cleanLine(remarks)})`)}`,
    ...table,
    ...describeFormats(edits),
    describeSpeeds(calibration),
    ...describePlans(plans),
    describeContext(calibration),
  ].join('\n');
}

async function renderFormats(
  edits: readonly EditResult[],
  style: Style,
  columns: number | undefined,
): Promise<string> {
  const heads = ['FORMAT', 'ASKED', 'APPLIED', 'RIGHT', 'TOKENS', 'TIME'];
  const rows = sumFormats(edits).map((figures) => renderFormat(figures, style));
  return renderTable([heads.map((text): Cell => ({ text, paint: style.faint })), ...rows], columns);
}

function renderFormat(figures: FormatFigures, style: Style): Cell[] {
  const { format, asked, applied, right, tokens, tokensAreEstimate, ms } = figures;
  return [
    { text: format },
    { text: String(asked) },
    { text: String(applied) },
    { text: String(right), paint: style.strong },
    { text: `${tokensAreEstimate ? 'about ' : ''}${tokens}` },
    { text: renderDuration(ms) },
  ];
}

function describeFormats(edits: EditResult[]): string[] {
  if (edits.length === 0) return [];
  const missing = CALIBRATED_FORMATS.filter(
    (format) => edits.filter((each) => each.format === format).length < CALIBRATION_EDITS.length,
  );
  const rest = missing.length === 0 ? '' : ` Not yet asked for all edits: ${missing.join(', ')}.`;
  return [`${describeAuto(edits)}.${rest}`];
}

/** `format: auto` stays … */
function describeAuto(edits: EditResult[]): string {
  const { small, named, other, isUsual } = findAutoFormats(measuredFormats({ edits }));
  if (isUsual) return 'format: auto stays as it is (another format must be right on 3 of 12 more)';
  return `format: auto is ${small} for small files, ${named} where declarations are named, else ${other}`;
}

function describeSpeeds(calibration: Calibration): string {
  const [reading, writing] = [readingSpeed(calibration), writingSpeed(calibration)];
  const clocks = [reading, writing].some(({ timedBy }) => timedBy === 'clock');
  const by = clocks ? ' (by our clock: the server tells no times, or no tokens)' : '';
  return `Reads ${renderSpeed(reading)}, writes ${renderSpeed(writing)}${by}.`;
}

/** `310 tokens/s`, `4.2 tokens/s` */
export function renderSpeed({ tokensPerSecond }: Speed): string {
  if (tokensPerSecond === undefined) return 'at an unknown speed';
  return `${tokensPerSecond.toFixed(tokensPerSecond < 9.95 ? 1 : 0)} tokens/s`;
}

function describePlans(plans: readonly PlanResult[]): string[] {
  if (plans.length === 0) return [];
  const holds = plans.filter(({ outcome }) => outcome === 'holds').length;
  const usable = plans.filter((plan) => plan.usable).length;
  return [`JSON schema: ${holds} of ${plans.length} plans hold it, ${usable} could be carried out.`];
}

function describeShare(share: number): string {
  if (share === 0) return 'the model is on the processor alone';
  return `${Math.round(share * 100)} % of the model is on graphics cards`;
}

function describeContext({ context }: Calibration): string {
  const { configured, trained, fits, because, gpuShare, tried } = context;
  const facts = [
    `Context: ${configured} tokens configured`,
    ...(trained === undefined ? [] : [`made for ${trained}`]),
    because,
    ...(gpuShare === undefined ? [] : [describeShare(gpuShare)]),
  ];
  const judged = fits !== undefined && fits < configured ? ` Write \`context: ${fits}\` or less.` : '';
  return `${facts.join('; ')}.${judged} Prompts longer than ${tried} tokens were not tried.`;
}
