import { mintSecret } from '../tokens/secret';
import { pathWithoutSecrets, withoutSecrets } from './credentials';

const { text: SECRET } = mintSecret('cap');

describe('A path as it may be written down', () => {
  it.each([
    ['/v0/registries/tools', '/v0/registries/tools'],
    ['/registries/tools/v0.1/servers?search=x', '/registries/tools/v0.1/servers'],
    [`/registries/tools~${SECRET}/v0.1/servers`, '/registries/tools~/v0.1/servers'],
    [`/registries/tools~${SECRET}`, '/registries/tools~'],
    [`/registries/tools%7E${SECRET}/v0.1/servers`, '/registries/tools~/v0.1/servers'],
    [`/registries/tools%7e${SECRET}?a=~b`, '/registries/tools~'],
    [`/registries/tools%257E${SECRET}/servers`, '/registries/tools~/servers'],
    [`/registries/tools%25257e${SECRET}/servers`, '/registries/tools~/servers'],
    ['/registries/tools~not-a-secret-of-ours/servers', '/registries/tools~/servers'],
    ['/registries/a~b~c/servers', '/registries/a~/servers'],
    [`/o/acme~${SECRET}/registries/tools~${SECRET}`, '/o/acme~/registries/tools~'],
    [`/registries/${SECRET}/v0.1/servers`, '/registries/~/v0.1/servers'],
    [`/registries/tools/${SECRET}`, '/registries/tools/~'],
    [`/registries/${SECRET.toUpperCase()}`, '/registries/~'],
    [`/v0/registries/tools?key=${SECRET}`, '/v0/registries/tools'],
  ])('%s', (url, written) => {
    expect(pathWithoutSecrets(url)).toBe(written);
  });
});

describe('A name of a path as it may be sent back', () => {
  it.each([
    ['tools', 'tools'],
    [`tools~${SECRET}`, 'tools'],
    [`tools%7E${SECRET}`, 'tools'],
    [SECRET, ''],
  ])('%s', (name, sent) => {
    expect(withoutSecrets(name)).toBe(sent);
  });
});
