import type { Config } from '../../config/schema.js';
import { LOAD_LIMITS } from '../../models/limits.js';
import type { Backend, Role } from '../../models/port.js';
import type { Finding } from './finding.js';

/** Tokens below which a prompt holds little more than the rules of its answer. */
const LEAST_PROMPT = 1024;

/** Whether models that are told to think can, and leave room for a prompt. */
export async function diagnoseThinking(
  backend: Backend,
  roles: readonly Role[],
  config: Config,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const role of roles) {
    const { model: name, think, context, max_answer: answer, max_thinking: thinking } = config[role];
    if (think === 'off') continue;
    const check = `${role}-thinking`;
    const model = backend.model({ role, name, contextTokens: context, limits: LOAD_LIMITS });
    // What is wrong with the server or the model is said by other checks.
    const canThink = (await model.thinks?.(signal).catch(() => true)) ?? true;
    signal.throwIfAborted();
    if (!canThink) {
      findings.push({
        check,
        level: 'warn',
        message: `The ${role}'s model ${name} cannot think, so \`think: ${think}\` does nothing.`,
        remedy: `Write \`think: off\` under \`${role}:\` in .nexus.yml, or use a model that thinks.`,
      });
    } else if (context - answer - thinking < LEAST_PROMPT) {
      findings.push({
        check,
        level: 'fail',
        message: `Of the ${role}'s context of ${context} tokens, answer (${answer}) and thinking (${thinking}) leave too little for a prompt.`,
        remedy: `Raise \`context:\`, or lower \`max_thinking:\`, under \`${role}:\` in .nexus.yml.`,
      });
    }
  }
  return findings;
}
