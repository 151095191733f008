import { readFileSync } from 'node:fs';
import { platform, resourceUsage } from 'node:process';

/** The most memory of this process that was resident. On Linux, resourceUsage() starts at that of the parent process. */
export function peakOfProcess() {
  if (platform !== 'linux') return resourceUsage().maxRSS * 1024;
  const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(kibibytes) * 1024;
}
