import { rarePart } from './rare-part';

describe('The part of a search text that the index is asked for', () => {
  it.each([
    ['io.github.anna/weather-mcp', '.anna/weather-'],
    ['io.github.anna/weather-mcp-server', '.anna/weather-'],
    ['com.example/io.github.weather', '.example/io.github.weather'],
    ['weather', 'weather'],
    ['.io/x', '/x'],
    ['e/server-wetter', 'e/server-wetter'],
    ['ithub.anna', 'ithub.anna'],
    ['/größe-mcp', '/größe-'],
  ])('leaves out everyday words at the ends of %s', (text, part) => {
    expect(rarePart(text)).toBe(part);
    expect(text).toContain(part);
  });

  it.each(['io.github', 'mcp', 'mcp-server', '/', '-.', ''])('is all of %j, which holds no other word', (text) => {
    expect(rarePart(text)).toBe(text);
  });
});
