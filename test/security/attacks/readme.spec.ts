import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const rows = readFileSync(resolve(__dirname, 'README.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('The table of attacks', () => {
  it('names only tests that are there', () => {
    const missing = rows.flatMap(([, , specs = '', tests = '']) => {
      const files = [...specs.matchAll(/`([^`]+)`/g)].map(([, file = '']) =>
        resolve(__dirname, file.includes('/') ? '../..' : '.', file),
      );
      const text = files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')).join('\n');
      return tests.split('; ').filter((title) => title === '' || !text.includes(title));
    });
    expect(missing).toEqual([]);
    expect(rows.length).toBeGreaterThan(40);
  });
});
