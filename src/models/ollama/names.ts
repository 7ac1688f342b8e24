/**
 * Whether a name belongs to a model that Ollama forwards to its own cloud (server/cloud_proxy.go: the tag is `cloud`
 * or ends in `-cloud`). Such a model would send the code away.
 */
export function isCloudName(name: string): boolean {
  return /[:-]cloud$/i.test(name.trim());
}

/** The full name by which the server lists a model: `llama3.1` → `llama3.1:latest`. */
export function withTag(name: string): string {
  const lastSegment = name.slice(name.lastIndexOf('/') + 1);
  return lastSegment.includes(':') ? name : `${name}:latest`;
}

/** Whether two names mean the same model; Ollama ignores case. */
export function isSameModel(a: string, b: string): boolean {
  return withTag(a).toLowerCase() === withTag(b).toLowerCase();
}
