import { newTraceId, traceIdFrom } from './trace';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('A trace id', () => {
  it("is the caller's when its traceparent is valid", () => {
    expect(traceIdFrom(`00-${ID}-00f067aa0ba902b7-01`)).toBe(ID);
  });

  it.each([
    undefined,
    '',
    ID,
    `00-${ID}-00f067aa0ba902b7`,
    `01-${ID}-00f067aa0ba902b7-01`,
    `00-${ID.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${ID}-00f067aa0ba902b7-01\r\nX-Evil: 1`,
    `00-<script>-00f067aa0ba902b7-01`,
    [`00-${ID}-00f067aa0ba902b7-01`, `00-${ID}-00f067aa0ba902b7-01`],
  ])('is a new one for %j', (traceparent) => {
    const traceId = traceIdFrom(traceparent);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(traceId).not.toBe(ID);
  });

  it('is never given twice', () => {
    expect(new Set(Array.from({ length: 1_000 }, newTraceId)).size).toBe(1_000);
  });
});
