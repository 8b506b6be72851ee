/** An end of the start that one line explains completely, so that no stack trace is printed. */
export class StopLine extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'StopLine';
  }
}

/**
 * @param {unknown} error
 * @returns {string} what to tell the person at the terminal
 */
export function explain(error) {
  if (!(error instanceof Error)) return `portolan: ${String(error)}`;
  if (error.name === 'ConfigError' || error instanceof StopLine) return withPrefix(error.message);
  return `portolan: ${error.stack ?? error.message}`;
}

/**
 * @param {string} message
 * @returns {string}
 */
function withPrefix(message) {
  return message.startsWith('portolan: ') ? message : `portolan: ${message}`;
}
