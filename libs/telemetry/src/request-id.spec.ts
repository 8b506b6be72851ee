import { newRequestId } from './request-id';

describe('newRequestId', () => {
  it('gives 32 hex digits, never the same twice', () => {
    const ids = Array.from({ length: 1_000 }, newRequestId);
    expect(new Set(ids).size).toBe(1_000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });
});
