import { join } from 'node:path';
import { ROOT } from './checkout.mjs';
import { run } from './run.mjs';

/**
 * @param {string[]} args
 * @param {{ appUrl: string, ownerUrl: string }} database
 * @param {{ home: string, signal: AbortSignal, passThrough?: boolean, onSpawn?: (pid: number) => void }} options
 */
export function runCli(args, { appUrl, ownerUrl }, { home, signal, passThrough, onSpawn }) {
  return run(process.execPath, [join(ROOT, 'dist', 'apps', 'cli', 'src', 'main.js'), ...args], {
    env: { ...process.env, DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, PORTOLAN_HOME: home },
    signal,
    passThrough,
    onSpawn,
  });
}
