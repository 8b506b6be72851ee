/** Lets so much work be done at a time; who comes first goes first. */
export class PageRoom {
  private readonly waiting: (() => void)[] = [];
  private free: number;

  constructor(places: number) {
    this.free = places;
  }

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
