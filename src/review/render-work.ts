import { count, duration, firstOf, short, table, wrap, wrapText } from './lay-out.js';
import type { ReviewPacket } from './packet.js';

/** The Overseer's plan and what the program did to it. */
export function renderPlan({ plan }: ReviewPacket): string[] {
  if (plan === undefined) return [];
  const { notes } = plan;
  return [
    ...wrapText(plan.summary),
    ...plan.steps.flatMap((step, index) => [
      ...wrap(
        `${index + 1}. ${step.title}${step.files.length === 0 ? '' : ` (${step.files.join(', ')})`}`,
        3,
      ),
      ...(step.doneWhen === '' ? [] : wrap(`   Done when: ${step.doneWhen}`, 3)),
    ]),
    ...(plan.documents.length === 0 ? [] : wrap(`Documents: ${plan.documents.join(', ')}`, 2)),
    ...notes.remarks.flatMap((remark) => wrap(`- ${remark}`, 2)),
    ...(notes.leftOut.length === 0
      ? []
      : wrap(`- Left out of what the Overseer read, for lack of room: ${notes.leftOut.join(', ')}`, 2)),
  ];
}

export function renderCommits({ commits }: ReviewPacket): string[] {
  return firstOf(
    table(
      commits.map((commit) => [
        short(commit.oid),
        commit.foreign ? 'not Nexus’s' : (commit.label ?? '-'),
        commit.subject,
      ]),
    ),
    60,
  );
}

/** Attempts and what was refused, step by step. */
export function renderSteps({ steps }: ReviewPacket): string[] {
  return steps.flatMap((step) => {
    const result = step.commit === undefined ? 'not on the branch' : short(step.commit);
    const title = step.title === undefined ? '' : `: ${step.title}`;
    const rejections = step.rejections.map(({ attempt, code, path, message }) =>
      wrap(`  reply ${attempt} refused (${code}${path === undefined ? '' : `, ${path}`}): ${message}`, 4),
    );
    return [
      ...wrap(`${step.label}${title} (${count(step.attempts, 'attempt')}, ${result})`, 2),
      ...firstOf(rejections.flat(), 16),
    ];
  });
}

export function renderCost({ cost }: ReviewPacket): string[] {
  if (cost === undefined) return [];
  const { models } = cost;
  const who =
    models.overseer === models.coder
      ? `${models.coder} (both roles)`
      : `${models.overseer} (Overseer), ${models.coder} (Coder)`;
  const uncounted =
    cost.uncounted === 0 ? '' : `, without ${count(cost.uncounted, 'request')} that the server did not count`;
  const cached = cost.cached === 0 ? '' : ` and ${count(cost.cached, 'cached answer')}`;
  return wrap(
    `${who}: ${count(cost.requests, 'request')}${cached}, ${count(cost.promptTokens, 'token')} read, ${count(cost.answerTokens, 'token')} written${uncounted}; ${duration(cost.modelMs)} of model time, ${duration(cost.checkMs)} of checks`,
    2,
  );
}
