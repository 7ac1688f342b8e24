/**
 * Whether Nexus is steered by this file of the repository. It is read from the checkout, so that it differs from the base
 * is no news.
 */
export function isNexusFile(path: string): boolean {
  return path === 'tasks.yml' || path === '.nexus.yml' || path.startsWith('.nexus/');
}
