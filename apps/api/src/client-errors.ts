import type { Socket } from 'node:net';
import { AppError, type ErrorCodeName } from '@portolan/kernel';
import { newRequestId } from '@portolan/telemetry';
import { problemOf } from './error.filter';

/** What Node's HTTP parser refuses before there is a request; anything else of it is a request that is none. */
const PARSER_CODES: Readonly<Record<string, ErrorCodeName>> = {
  HPE_HEADER_OVERFLOW: 'header_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

export function answerClientError(failure: Error & { readonly code?: string }, socket: Socket): void {
  if (failure.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const error = new AppError(PARSER_CODES[failure.code ?? ''] ?? 'malformed_request');
  const body = `${JSON.stringify(problemOf({ id: newRequestId(), url: '' }, error))}\n`;
  socket.end(
    `HTTP/1.1 ${error.status} ${error.title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
