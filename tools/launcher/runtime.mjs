import { explain, StopLine } from './stop-line.mjs';

/** @typedef {{ signal: AbortSignal, fail: (error: unknown) => void }} Runtime */

const OLDEST_NODE = { major: 20, minor: 19 };

/**
 * Runs a program until it is done, fails, or a signal asks it to end; the program cleans up after itself.
 * @param {(runtime: Runtime) => Promise<number>} program
 */
export async function runProgram(program) {
  const asked = new AbortController();
  const askToEnd = () => {
    asked.abort();
  };
  // Every later signal has nothing to add: the end is already under way.
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(name, askToEnd);
  // A closed terminal must not end the launcher before it has stopped what it started.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  /** @type {unknown} */
  let failure;
  const fail = (/** @type {unknown} */ error) => {
    if (!asked.signal.aborted) failure = error;
    asked.abort();
  };
  process.on('uncaughtException', fail);
  endWithNpm(askToEnd);
  let exitCode = 0;
  try {
    checkNode();
    exitCode = await program({ signal: asked.signal, fail });
  } catch (error) {
    if (!asked.signal.aborted) failure = error;
  }
  if (failure !== undefined) {
    process.stderr.write(`${explain(failure)}\n`);
    exitCode = 1;
  }
  process.exit(exitCode);
}

/**
 * npm passes a signal only to the shell between, which may die of it without telling us.
 * @param {() => void} askToEnd
 */
function endWithNpm(askToEnd) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== shell) askToEnd();
  }, 200);
  watch.unref();
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE.major || (major === OLDEST_NODE.major && minor >= OLDEST_NODE.minor)) return;
  throw new StopLine(
    `Node ${process.versions.node} is too old; expected ${OLDEST_NODE.major}.${OLDEST_NODE.minor} or newer`,
  );
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function untilAsked(signal) {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}
