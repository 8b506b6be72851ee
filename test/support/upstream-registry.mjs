// An upstream registry as a process of its own; test/support/upstream.ts starts it and speaks to /__control.
//   node test/support/upstream-registry.mjs [--port 0] [--prefix /somewhere] [--file snapshot.json.gz] [--clone 28]
import { parseArgs } from 'node:util';
import { startUpstream } from './upstream/server.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    prefix: { type: 'string', default: '' },
    file: { type: 'string' },
    clone: { type: 'string', default: '1' },
    /** Ends with its input: with whoever started it. */
    attached: { type: 'boolean', default: false },
  },
});
const { url, calls } = await startUpstream({ port: Number(values.port), prefix: values.prefix });
if (values.file !== undefined) calls.loadFile(values.file);
calls.clone(Number(values.clone));
if (values.attached)
  process.stdin.resume().on('end', () => {
    process.exit(0);
  });
process.stdout.write(`${JSON.stringify({ url })}\n`);
