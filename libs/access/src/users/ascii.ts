const ASCII = /^[\x20-\x7e]*$/;

/** Printable ASCII, whose case every program folds alike. */
export function isAscii(text: string): boolean {
  return ASCII.test(text);
}
