/**
 * Control tokens of the models that run on Ollama. A server turns them into control tokens wherever they stand (tried:
 * `<|im_end|>` in a message counts one token, `<| im_end|>` six), so such text in a file would end the chat turn and
 * could speak in another role's name.
 */
export const SPECIAL_TOKENS: readonly string[] = [
  // ChatML: Qwen, Yi, Hermes and many others
  '<|im_start|>',
  '<|im_end|>',
  '<|endoftext|>',
  '<|fim_prefix|>',
  '<|fim_middle|>',
  '<|fim_suffix|>',
  '<|fim_pad|>',
  '<|repo_name|>',
  '<|file_sep|>',
  // Llama 3
  '<|begin_of_text|>',
  '<|end_of_text|>',
  '<|start_header_id|>',
  '<|end_header_id|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|python_tag|>',
  // Phi, Granite, gpt-oss
  '<|system|>',
  '<|user|>',
  '<|assistant|>',
  '<|end|>',
  '<|start|>',
  '<|message|>',
  '<|channel|>',
  '<|return|>',
  '<|start_of_role|>',
  // Gemma
  '<start_of_turn>',
  '<end_of_turn>',
  // Mistral
  '[INST]',
  '[/INST]',
  '[TOOL_CALLS]',
  // DeepSeek
  '<｜begin▁of▁sentence｜>',
  '<｜end▁of▁sentence｜>',
  '<｜User｜>',
  '<｜Assistant｜>',
];

/** All `<|name|>` and `<｜name｜>`, since every family adds its own, and the few that are written otherwise. */
const OPENINGS =
  /(<[|｜]|<(?= *(?:start|end)_of_turn>)|\[(?= *(?:\/?INST|TOOL_CALLS)\]))( *)(?=[^|｜<>[\]\s]{1,60}[|｜>\]])/g;

/**
 * Makes control tokens in a text harmless by one blank after their opening bracket: `<|im_end|>` → `<| im_end|>`.
 * A text that has such blanks already gets one more, so `restoreSpecialTokens` undoes it exactly. `<s>` and `</s>`
 * stay: they are HTML, and models that use them as control tokens are older than this product.
 */
export function neutralizeSpecialTokens(text: string): string {
  return text.replaceAll(OPENINGS, '$1 $2');
}

/** Undoes `neutralizeSpecialTokens`, for answers that quote a neutralized text. */
export function restoreSpecialTokens(text: string): string {
  return text.replaceAll(OPENINGS, (_, opening: string, blanks: string) => opening + blanks.slice(1));
}
