import { Registry } from 'prom-client';
import { CellCounter, CellHistogram } from './cells.ts';

test('a histogram of cells reads as any of prom-client does', async () => {
  const registry = new Registry();
  const bounds = [0.1, 1];
  const seconds = new CellHistogram({ name: 'a', help: 'b', labelNames: ['at'], bounds, registry });
  const here = seconds.cell({ at: 'he"re' });
  for (const value of [0.05, 0.1, 0.5, 3]) here.observe(value);
  seconds.cell({ at: 'there' });
  expect(await registry.metrics()).toBe(
    [
      '# HELP a b',
      '# TYPE a histogram',
      'a_bucket{le="0.1",at="he\\"re"} 2',
      'a_bucket{le="1",at="he\\"re"} 3',
      'a_bucket{le="+Inf",at="he\\"re"} 4',
      'a_sum{at="he\\"re"} 3.65',
      'a_count{at="he\\"re"} 4',
      'a_bucket{le="0.1",at="there"} 0',
      'a_bucket{le="1",at="there"} 0',
      'a_bucket{le="+Inf",at="there"} 0',
      'a_sum{at="there"} 0',
      'a_count{at="there"} 0',
      '',
    ].join('\n'),
  );
  const [json] = await registry.getMetricsAsJSON();
  expect(json).toMatchObject({ name: 'a', type: 'histogram' });
});

test('a counter of cells adds up, scrape after scrape', async () => {
  const registry = new Registry();
  const counter = new CellCounter({ name: 'n', help: 'h', labelNames: ['of'], registry });
  counter.cell({ of: 'x' }).add();
  expect(await registry.metrics()).toContain('n{of="x"} 1');
  counter.cell({ of: 'x' }).add(2);
  counter.cell({ of: '__proto__' }).add();
  const text = await registry.metrics();
  expect(text).toContain('n{of="x"} 3');
  expect(text).toContain('n{of="__proto__"} 1');
});

test('a counter without labels is there before it is counted', async () => {
  const registry = new Registry();
  new CellCounter({ name: 'n', help: 'h', registry }).cell({});
  expect(await registry.metrics()).toContain('\nn 0\n');
});
