// Puts what the API loads at every start into one file in place of its main.js: to find, read and compile two thousand takes
// longer than all else that it does at its start. The files that it was made of stay, for whoever imports them.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, 'dist', 'apps', 'api', 'src', 'main.js');

/** @type {{ module: { lazy: string[] } }} */
const { module: compiled } = JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8'));

/**
 * Packages stay outside that are loaded at their first use, and those that Nest asks for only if an application wants them.
 * @type {import('esbuild').Plugin}
 */
const whatIsNotNeededAtOnce = {
  name: 'what-is-not-needed-at-once',
  setup(bundler) {
    bundler.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      // Nest imports these when it wants them, too, and must get the same as we.
      const isOurs = /^class-(transformer|validator)(\/|$)/.test(path);
      return (kind === 'dynamic-import' && !isOurs) || compiled.lazy.includes(path) ? { external: true } : undefined;
    });
  },
};

/**
 * A class that has a name of its own inside, as decorated ones do, would get another one there, and logs name classes. Without
 * one it has that of the variable. (`keepNames` costs a definition of a property for each function that a request makes.)
 * @type {import('esbuild').Plugin}
 */
const classesKeepTheirNames = {
  name: 'classes-keep-their-names',
  setup(bundler) {
    bundler.onLoad({ filter: /[\\/](?:dist|@nestjs)[\\/].*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/\blet (\w+) = class \1 (?=extends\b|\{)/g, 'let $1 = class '),
      loader: 'js',
    }));
  },
};

await build({
  entryPoints: [main],
  outfile: main,
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.19',
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  // A file of CommonJS has none.
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  plugins: [whatIsNotNeededAtOnce, classesKeepTheirNames],
});
