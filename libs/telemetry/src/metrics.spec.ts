import { Metrics } from './metrics';

function measured(count: number): Metrics {
  const metrics = new Metrics();
  metrics.counter('things_total', 'Things', ['kind']).inc({ kind: 'round' }, count);
  metrics.gauge('level', 'Level', () => {
    if (count > 1) throw new Error('out of order');
    return 7;
  });
  return metrics;
}

describe('Metrics', () => {
  it('tell of this process without a label of its own', async () => {
    const text = await measured(1).text();
    expect(text).toContain('things_total{kind="round"} 1\n');
    expect(text).toContain('level 7\n');
  });

  it('tell of each of several processes apart, under one heading', async () => {
    const [first, second] = [measured(1), measured(5)];
    first.tellOf(async () => [
      { process: 1, metrics: await first.snapshot() },
      { process: 2, metrics: await second.snapshot() },
    ]);
    const lines = (await first.text()).split('\n').filter((line) => line !== '');
    expect(lines.sort()).toEqual(
      [
        '# HELP things_total Things',
        '# TYPE things_total counter',
        'things_total{kind="round",process="1"} 1',
        'things_total{kind="round",process="2"} 5',
        '# HELP level Level',
        '# TYPE level gauge',
        'level{process="1"} 7',
        'level{process="2"} Nan',
      ].sort(),
    );
  });

  it('leave out nothing of what the process itself is measured by', async () => {
    const metrics = new Metrics();
    metrics.watchProcess();
    const alone = await metrics.text();
    metrics.tellOf(async () => [{ process: 3, metrics: await metrics.snapshot() }]);
    const headings = (text: string) =>
      text
        .split('\n')
        .filter((line) => line.startsWith('# TYPE'))
        .sort();
    expect(headings(await metrics.text())).toEqual(headings(alone));
  });
});
