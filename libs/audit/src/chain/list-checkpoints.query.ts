import { Injectable } from '@nestjs/common';
import { OrgDb } from '@portolan/db';
import { invalidParameter, type Ctx } from '@portolan/kernel';
import { checkpointToken, newestCheckpoints } from './checkpoints';

/** A signed checkpoint as it is told. */
export interface CheckpointView {
  readonly sequence: number;
  /** Hex SHA-256 of the row in its place. */
  readonly hash: string;
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
  readonly key_id: string;
  /** Base64url Ed25519 signature. */
  readonly signature: string;
  /** All of this as one word. */
  readonly token: string;
}

export interface CheckpointPage {
  readonly checkpoints: readonly CheckpointView[];
  /** Position after the last one, null when nothing follows. */
  readonly next: string | null;
}

const POSITION = /^([0-9a-f-]{36})_(\d{1,15})$/;

/** The organization's checkpoints, newest first; never counted. */
@Injectable()
export class ListCheckpoints {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError invalid_parameters for a position that this list did not give */
  async run(ctx: Ctx, pageSize: number, after: string | null): Promise<CheckpointPage> {
    const before = after === null ? null : decode(ctx.orgId, after);
    const rows = await this.db.read(ctx, (tx) => newestCheckpoints(tx, before, pageSize + 1), { inIndexOrder: true });
    const page = rows.slice(0, pageSize);
    const last = rows.length > pageSize ? page.at(-1) : undefined;
    return {
      checkpoints: page.map((checkpoint) => ({
        sequence: checkpoint.sequence,
        hash: checkpoint.hash.toString('hex'),
        created_at: checkpoint.created_at,
        key_id: checkpoint.key_id,
        signature: checkpoint.signature.toString('base64url'),
        token: checkpointToken(checkpoint),
      })),
      next: last === undefined ? null : Buffer.from(`${ctx.orgId}_${last.sequence}`).toString('base64url'),
    };
  }
}

function decode(orgId: string, text: string): number {
  const [, organization, sequence] = POSITION.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (organization !== orgId)
    throw invalidParameter({
      field: 'page[after]',
      rule: 'invalid',
      reason: 'page[after] must be taken from meta.page.next of an earlier answer',
      source: 'query',
    });
  return Number(sequence);
}
