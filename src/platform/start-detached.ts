import { realEffects, type PlatformEffects } from './effects.js';

/**
 * Starts a program in a session of its own, so that it goes on when this process and its terminal are gone. It writes
 * where this process writes. Resolves with its pid once it has started.
 * @throws the system's error when it can't be started
 */
export async function startDetached(
  file: string,
  args: readonly string[],
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
  effects: Pick<PlatformEffects, 'spawn'> = realEffects,
): Promise<number> {
  const child = effects.spawn(file, args, {
    cwd,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    // Windows: a console of its own, which is not shown.
    detached: true,
    windowsHide: true,
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve(child.pid ?? 0);
    });
  });
}
