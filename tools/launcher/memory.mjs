import { totalmem } from 'node:os';

const SHARE = 8;
const LEAST_MB = 128;
const MOST_MB = 2_048;
const MB = 2 ** 20;

/**
 * What PostgreSQL keeps of its data in its own memory. It takes it page by page as data is asked for; what is not there has to
 * be fetched from the operating system, which costs a page of a list more than all else that is done for it.
 * @param {number} totalBytes memory of the machine
 * @param {number} limitBytes what this process and its children may have of it; 0 is no limit
 * @returns {string} an eighth of it, between 128 MB and 2 GB
 */
export function sharedBuffers(totalBytes = totalmem(), limitBytes = process.constrainedMemory()) {
  const bytes = limitBytes > 0 ? Math.min(totalBytes, limitBytes) : totalBytes;
  return `${Math.min(MOST_MB, Math.max(LEAST_MB, Math.floor(bytes / SHARE / MB)))}MB`;
}
