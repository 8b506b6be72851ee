/** Renews something again and again while `work` is under way, and asks `work` to stop once it is gone. */
export async function keepAlive<T>(
  renew: () => Promise<boolean>,
  everyMs: number,
  work: (isLost: () => boolean) => Promise<T>,
): Promise<T> {
  let lost = false;
  let renewing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    renewing = renewing
      .then(renew)
      .then((held) => {
        lost ||= !held;
      })
      // The database may be back before the lease runs out.
      .catch(() => undefined);
  }, everyMs);
  try {
    return await work(() => lost);
  } finally {
    clearInterval(timer);
    await renewing;
  }
}
