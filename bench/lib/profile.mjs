import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const SHOWN = 15;

/**
 * @typedef {{ id: number, callFrame: { functionName: string, url: string, lineNumber: number } }} Node
 */

/**
 * @param {string} file a V8 CPU profile
 * @returns {string[]} the functions that took most of the time themselves
 */
export function topFunctions(file) {
  /** @type {{ nodes: Node[], samples: number[], timeDeltas: number[] }} */
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8'));
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  /** @type {Map<string, number>} */
  const times = new Map();
  let busy = 0;
  samples.forEach((id, index) => {
    const name = names.get(id) ?? '';
    const micros = timeDeltas[index] ?? 0;
    if (name === '(idle)') return;
    busy += micros;
    times.set(name, (times.get(name) ?? 0) + micros);
  });
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, micros]) => `${((100 * micros) / busy).toFixed(1).padStart(5)} %  ${name}`);
}

/** @param {Node['callFrame']} frame */
function nameOf({ functionName, url, lineNumber }) {
  if (url === '') return functionName || '(anonymous)';
  return `${functionName || '(anonymous)'} ${url.startsWith('node:') ? url : basename(url)}:${lineNumber + 1}`;
}
