// A bare node:http server that sends what it was told to; a process of its own, started by bare.mjs.
import { createServer } from 'node:http';

/** @type {Map<string, import('./bare.mjs').Recorded>} */
let answers = new Map();

const server = createServer((request, response) => {
  const answer = answers.get(request.url ?? '');
  if (answer === undefined) {
    response.writeHead(404).end();
    return;
  }
  const send = () => {
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  };
  if (request.method === 'GET') send();
  else request.resume().once('end', send);
});

process.on('message', (/** @type {Map<string, import('./bare.mjs').Recorded>} */ message) => {
  // What comes over the channel are views of one large buffer.
  answers = new Map([...message].map(([path, answer]) => [path, { ...answer, body: Buffer.from(answer.body) }]));
  process.send?.('ready');
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : 0);
});
