const SERVER = {
  name: 'com.example/hello',
  description: 'Says hello',
  version: '1.0.0',
  remotes: [{ type: 'streamable-http', url: 'https://hello.example.com/mcp' }],
};

/**
 * @param {string} text
 * @returns {string} one word of a POSIX shell
 */
function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * @param {{ url: string, token: string, home: string, data: string }} facts
 * @returns {string}
 */
export function banner({ url, token, home, data }) {
  const authorized = `-H ${quote(`Authorization: Bearer ${token}`)}`;
  const post = (/** @type {string} */ path, /** @type {unknown} */ body) =>
    `curl -sS -X POST ${quote(url + path)} ${authorized} -H 'Content-Type: application/json' -d ${quote(JSON.stringify(body))}`;
  return [
    '',
    `Portolan is ready at ${url}`,
    '',
    'Create a registry, publish a server to it, list its servers:',
    '',
    post('/v0/registries', { name: 'my-registry' }),
    '',
    post('/registries/my-registry/v0.1/publish', SERVER),
    '',
    `curl -sS ${quote(`${url}/registries/my-registry/v0.1/servers`)} ${authorized}`,
    '',
    `API reference:  ${url}/docs`,
    `Address, token: ${home}/ready.json`,
    `Data:           ${data}`,
    'Stop:           Ctrl-C',
    '',
    '',
  ].join('\n');
}
