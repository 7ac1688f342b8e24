import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a process has used so far, and uses now. */
export interface ProcessUsage {
  /** ms on a core, in user and kernel mode, without its children. */
  cpuMs: number;
  /** Memory that it holds (resident set), in bytes. */
  memoryBytes: number;
}

/** @throws when there is no such process, or the system does not say */
export function readProcessUsage(pid: number): ProcessUsage {
  if (process.platform === 'linux') return readProc(pid);
  return process.platform === 'win32' ? askPowerShell(pid) : askPs(pid);
}

/** proc(5): fields 14 and 15 of `stat`, in ticks of 1/100 s on every Linux that Node runs on. */
function readProc(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before may have blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const memory = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return usage((Number(fields[11]) + Number(fields[12])) * 10, Number(memory) * 1024);
}

function askPs(pid: number): ProcessUsage {
  const text = execFileSync('ps', ['-o', 'time=,rss=', '-p', String(pid)], { encoding: 'utf8' });
  const [time = '', kilobytes] = text.trim().split(/\s+/);
  // `MM:SS.hh` on macOS, `[D-]HH:MM:SS` elsewhere.
  const [days, clock = ''] = time.includes('-') ? time.split('-') : [0, time];
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return usage((Number(days) * 86_400 + seconds) * 1000, Number(kilobytes) * 1024);
}

function askPowerShell(pid: number): ProcessUsage {
  const command = `$p = Get-Process -Id ${pid}; '{0} {1}' -f $p.TotalProcessorTime.Ticks, $p.WorkingSet64`;
  const text = execFileSync('powershell', ['-NoProfile', '-Command', command], { encoding: 'utf8' });
  const [ticks, bytes] = text.trim().split(' ').map(Number);
  return usage(Number(ticks) / 10_000, Number(bytes));
}

function usage(cpuMs: number, memoryBytes: number): ProcessUsage {
  if (!Number.isFinite(cpuMs) || !Number.isFinite(memoryBytes) || memoryBytes <= 0)
    throw new Error('the system does not say what the process uses');
  return { cpuMs, memoryBytes };
}
