import { releaseDocuments } from '@portolan/catalogue';
import { constant, sql, type SqlFragment, type Tx } from '@portolan/db';

const PIECE = 10_000;

/**
 * Releases the documents of a query, of which this process never has more than a piece: a copy may have a million.
 *
 * @param hashes a query of one column `hash`, SHA-256 as hex, or null
 */
export async function releaseEach(tx: Tx, hashes: SqlFragment): Promise<void> {
  await tx.run(sql`declare gone no scroll cursor for ${hashes}`);
  for (let found = PIECE; found === PIECE;) {
    const piece = await tx.rows<{ hash: string | null }>(constant(`fetch ${PIECE} from gone`));
    found = piece.length;
    await releaseDocuments(
      tx,
      piece.flatMap(({ hash }) => hash ?? []),
    );
  }
  await tx.run(constant('close gone'));
}
