import { basesOf, isReserved, organizationOf, ownAudience } from './audience';

const ORIGIN = 'https://mcp.example.com';

describe('An audience', () => {
  it('of its own leads to an organization', () => {
    expect(organizationOf(ORIGIN, ownAudience(ORIGIN, 'acme'))).toBe('acme');
  });

  it.each([
    '',
    'acme',
    ORIGIN,
    `${ORIGIN}/`,
    `${ORIGIN}/o/`,
    `${ORIGIN}/o/acme/`,
    `${ORIGIN}/o/acme/registries/tools`,
    `${ORIGIN}.invalid/o/acme`,
    'https://MCP.example.com/o/acme',
    'http://mcp.example.com/o/acme',
    ` ${ORIGIN}/o/acme`,
  ])('%j leads to none by itself', (audience) => {
    expect(organizationOf(ORIGIN, audience)).toBeNull();
  });

  it('is for nobody to choose when it is a URL of ours', () => {
    const registry = { id: '00000000-0000-7000-8000-000000000000', name: 'tools', org_name: 'acme' };
    const ours = [...basesOf(ORIGIN, registry), ownAudience(ORIGIN, 'acme'), `${ORIGIN}/`];
    expect(ours.filter((audience) => !isReserved(ORIGIN, audience))).toEqual([]);
    const others = ['acme', ORIGIN, `${ORIGIN}.invalid/o/acme`, `${ORIGIN}:8443/o/acme`];
    expect(others.filter((audience) => isReserved(ORIGIN, audience))).toEqual([]);
  });
});
