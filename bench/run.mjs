// What Portolan can do on this machine: npm run bench [-- --quick] [--only list,deep]. See README.md beside.
import { prepareCheckout } from '../tools/launcher/checkout.mjs';
import { runProgram } from '../tools/launcher/runtime.mjs';

await runProgram(async (runtime) => {
  const log = (/** @type {string} */ line) => {
    process.stdout.write(`${line}\n`);
  };
  await prepareCheckout({ log, signal: runtime.signal });
  // What it needs may have been installed just now.
  const { main } = await import('./main.mjs');
  return main({ ...runtime, log });
});
