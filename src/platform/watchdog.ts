import type { PlatformEffects } from './effects.js';

/** Ends process groups when this process is gone, however that came about: nobody else can after a kill -9. */
export interface Watchdog {
  watch(pid: number): void;
  release(pid: number): void;
  /** Somebody ended it: it watches nothing. */
  isGone(): boolean;
  /** To be called when nothing is watched any more. */
  close(): void;
}

/**
 * Lives in a session of its own and reads which groups are ours. Its input ends when we do, also by kill -9, since the
 * system closes our end of the pipe; then it ends the groups that are still there. Built-ins of the shell only.
 */
const SCRIPT = `
trap '' HUP INT TERM
live=
while read -r sign pid; do
  rest=
  for each in $live; do [ "$each" = "$pid" ] || rest="$rest $each"; done
  live=$rest
  [ "$sign" = + ] && live="$live $pid"
done
for pid in $live; do kill -s KILL -- "-$pid"; done
`;

/**
 * On Windows nothing is started: there the system itself ends what we started when we are gone (libuv puts it into a job
 * object), and what that had started can't be told any more.
 */
export function startWatchdog(windows: boolean, effects: Pick<PlatformEffects, 'spawn'>): Watchdog {
  if (windows) return { watch: () => {}, release: () => {}, isGone: () => false, close: () => {} };
  const child = effects.spawn('/bin/sh', ['-c', SCRIPT], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without it all works as before; a system that can't start a shell can't start a check either.
  child.on('error', () => undefined);
  const { stdin } = child;
  stdin?.on('error', () => undefined);
  child.unref();
  // A pipe is a socket here, and must not keep us alive.
  if (stdin !== null && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  return {
    watch: (pid) => void stdin?.write(`+ ${pid}\n`),
    release: (pid) => void stdin?.write(`- ${pid}\n`),
    isGone: () => child.exitCode !== null || child.signalCode !== null,
    close: () => void stdin?.end(),
  };
}
