import { Readable } from 'node:stream';
import { applyDecorators, Header, HttpCode } from '@nestjs/common';

/** A route whose handler returns JSON as text. */
export const JsonText = () => applyDecorators(HttpCode(200), Header('Content-Type', 'application/json'));

/** The body's bytes: text would get a charset that the official registry does not send. */
export function body(text: string): Buffer {
  return Buffer.from(`${text}\n`);
}

/** A JSON document of any length as a stream: `head`, the batches' items with commas between, `tail`. */
export function streamed<T>(
  head: string,
  batches: AsyncIterable<readonly T[]>,
  item: (row: T) => string,
  tail: (count: number) => string,
): Readable {
  async function* parts(): AsyncGenerator<string> {
    yield head;
    let count = 0;
    for await (const batch of batches) {
      if (batch.length === 0) continue;
      yield (count === 0 ? '' : ',') + batch.map(item).join(',');
      count += batch.length;
    }
    yield `${tail(count)}\n`;
  }
  return Readable.from(parts(), { objectMode: false });
}
