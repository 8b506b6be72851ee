/**
 * @typedef {import('./meter.mjs').Measured} Measured
 * @typedef {import('./meter.mjs').Compared} Compared
 * @typedef {{ text: string, met: boolean | null }} Goal null: it could not be measured here
 *
 * @typedef {object} Figure a line of the table; a measurement has all of Measured, a single value has `value`
 * @property {string} scenario
 * @property {string} what
 * @property {string} [value] with its unit
 * @property {Goal[]} goals
 * @property {Partial<Compared>} [measured]
 */

/**
 * @param {string} what
 * @param {Partial<Compared>} measured
 * @param {readonly Goal[]} [goals]
 * @returns {Omit<Figure, 'scenario'>}
 */
export function figure(what, measured, goals = []) {
  return { what, measured, goals: [...goals] };
}

/**
 * @param {string} what
 * @param {string} value with its unit
 * @param {readonly Goal[]} [goals]
 * @returns {Omit<Figure, 'scenario'>}
 */
export function value(what, value, goals = []) {
  return { what, value, goals: [...goals] };
}

/**
 * @param {string} what
 * @param {number | null} found
 * @param {number} least
 * @returns {Goal}
 */
export function atLeast(what, found, least) {
  return {
    text: `${what} at least ${least.toLocaleString('en')}${shown(found)}`,
    met: found === null ? null : found >= least,
  };
}

/**
 * @param {string} what
 * @param {number | null} found
 * @param {number} most
 * @param {string} [unit]
 * @returns {Goal}
 */
export function atMost(what, found, most, unit = '') {
  return {
    text: `${what} at most ${most.toLocaleString('en')}${unit}${shown(found)}`,
    met: found === null ? null : found <= most,
  };
}

/** @param {number | null} found */
function shown(found) {
  if (found === null) return ' (n/a)';
  return ` (${found >= 100 ? Math.round(found).toLocaleString('en') : found.toFixed(2)})`;
}
