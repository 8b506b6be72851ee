// Required by a program before all else: writes into the folder PORTOLAN_HOME what it has loaded once it says that it is ready.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

const send = process.send?.bind(process);
if (send !== undefined && process.env.PORTOLAN_HOME !== undefined) {
  const program = /apps[\\/](\w+)[\\/]src[\\/]main\.js$/.exec(process.argv[1] ?? '')?.[1];
  const file = join(process.env.PORTOLAN_HOME, `loaded-${program}.json`);
  process.send = (/** @type {{ type?: unknown }} */ message, /** @type {any[]} */ ...rest) => {
    if (message.type === 'ready') writeFileSync(file, JSON.stringify(Object.keys(require.cache)));
    return send(message, ...rest);
  };
}
