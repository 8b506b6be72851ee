import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { prepareCheckout, ROOT } from './launcher/checkout.mjs';

// Some tests start the built program, so a clone is installed and built first.
const never = new AbortController().signal;
await prepareCheckout({ log: (/** @type {string} */ line) => process.stderr.write(`${line}\n`), signal: never });
const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
const run = spawn(process.execPath, [jest, '--config', 'test/jest.all.cjs', ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
});
run.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
