const PLACES = 2;

/** Lets so many pages at a time be judged and written, so that large ones of several upstreams do not add up. */
export class PageRoom {
  private readonly waiting: (() => void)[] = [];
  private free = PLACES;

  async enter<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else
      await new Promise<void>((go) => {
        this.waiting.push(go);
      });
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      // The place goes on from hand to hand.
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}
