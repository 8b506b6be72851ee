/**
 * Options of an LRUCache for up to so many entries, which takes the room of each as it comes. `max` would take the room of all
 * at once: for a hundred thousand that is 15 ms and 2 MB of every start.
 */
export function roomFor(entries: number): { readonly maxSize: number; readonly sizeCalculation: () => number } {
  return { maxSize: entries, sizeCalculation: () => 1 };
}
