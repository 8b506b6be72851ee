// Writes the figures of a run into docs/performance.md: node bench/figures.mjs bench/results/<file>.json
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { ROOT } from '../tools/launcher/checkout.mjs';
import { cellsOf } from './lib/report.mjs';

const PAGE = join(ROOT, 'docs', 'performance.md');
const BLOCK = /<!-- figures -->[^]*<!-- \/figures -->/;
const HEADER = ['', 'per second', 'p50', 'p99', 'API CPU', 'database CPU', 'of bare', 'per core', 'goal', ''];

/** @typedef {import('./lib/figure.mjs').Figure} Figure */

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node bench/figures.mjs <results.json>');
  process.exit(2);
}
/** @type {import('./lib/report.mjs').About & { figures: Figure[] }} */
const results = JSON.parse(readFileSync(file, 'utf8'));
const { machine, versions, portolan, at } = results;
const rows = [HEADER, HEADER.map(() => '---'), ...results.figures.flatMap(rowsOf)];
const block = [
  '<!-- figures -->',
  '',
  `[${basename(file)}](../bench/results/${basename(file)}): ${at.slice(0, 10)}, Portolan ${portolan.version} ` +
    `(${portolan.commit.slice(0, 7)}), ${machine.cores} cores (${machine.cpu}), ${machine.memory_gb} GB, Node ${versions.node}, ` +
    `PostgreSQL ${versions.postgresql} embedded. Times in ms.`,
  '',
  ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  '',
  '<!-- /figures -->',
].join('\n');
const page = readFileSync(PAGE, 'utf8').replace(BLOCK, () => block);
writeFileSync(PAGE, await format(page, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));

/**
 * @param {Figure} figure
 * @returns {string[][]}
 */
function rowsOf(figure) {
  const { goals } = figure;
  const met = { true: 'met', false: '**not met**', null: 'n/a' };
  return [
    [
      ...cellsOf(figure),
      goals.map(({ text }) => text).join('; '),
      goals.map((goal) => met[/** @type {'true'} */ (String(goal.met))]).join('; '),
    ],
  ];
}
