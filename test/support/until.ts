const DEADLINE_MS = 120_000;
const POLL_MS = 20;

/** Waits for a condition that another process brings about. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${DEADLINE_MS} ms`);
    await new Promise<void>((next) => {
      setTimeout(next, POLL_MS);
    });
  }
}
