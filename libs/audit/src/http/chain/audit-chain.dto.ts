import { ApiProperty } from '@nestjs/swagger';

export class AuditVerificationDto {
  @ApiProperty({ enum: ['valid', 'broken'] })
  status!: string;

  @ApiProperty({ description: 'False when rows follow that this answer does not cover: go on with `next`.' })
  complete!: boolean;

  @ApiProperty({ type: 'integer' })
  from_sequence!: number;

  @ApiProperty({ type: 'integer', description: 'The last row that was found as it was sealed.' })
  through_sequence!: number;

  @ApiProperty({ type: 'integer' })
  rows_verified!: number;

  @ApiProperty({ type: 'integer' })
  checkpoints_verified!: number;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description:
      'The first row that is not as it was sealed; of `row_not_in_chain` the one after which the row stands.',
  })
  first_bad_sequence!: number | null;

  @ApiProperty({
    nullable: true,
    type: String,
    enum: [
      'seal_missing',
      'seal_repeated',
      'row_missing',
      'row_changed',
      'personal_data_changed',
      'hash_wrong',
      'signature_wrong',
      'checkpoint_forged',
      'checkpoint_mismatch',
      'chain_cut',
      'boundary_forged',
      'row_not_in_chain',
      'given_checkpoint_forged',
      null,
    ],
  })
  problem!: string | null;

  @ApiProperty({ example: 'The rows 1 to 42 are as they were sealed, and none is missing or was put in.' })
  detail!: string;

  @ApiProperty({
    nullable: true,
    type: String,
    enum: ['fits', 'not_reached', 'purged', null],
    description: 'How the checkpoint of the query stands to the chain as far as it was verified.',
  })
  given_checkpoint!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the oldest row that is not in the chain yet occurred.',
  })
  unsealed_since!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Path of the verification of the rows that follow.' })
  next!: string | null;
}

export class AuditCheckpointDto {
  @ApiProperty({ type: 'integer', description: 'The row up to which the chain is vouched for.' })
  sequence!: number;

  @ApiProperty({ description: 'Hex SHA-256 of that row in its place.' })
  hash!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ description: 'Names the key in jwks.json.' })
  key_id!: string;

  @ApiProperty({ description: 'Base64url Ed25519 signature.' })
  signature!: string;

  @ApiProperty({ description: 'The signed text and its signature as one word. Keep it elsewhere, and verify with it.' })
  token!: string;
}

class CheckpointCursorDto {
  @ApiProperty()
  size!: number;

  @ApiProperty({ type: String, nullable: true, description: 'Path of the next page.' })
  next!: string | null;
}

class CheckpointMetaDto {
  @ApiProperty()
  page!: CheckpointCursorDto;
}

export class AuditCheckpointListDto {
  @ApiProperty({ type: [AuditCheckpointDto] })
  data!: AuditCheckpointDto[];

  @ApiProperty()
  meta!: CheckpointMetaDto;
}

class AuditKeyDto {
  @ApiProperty({ enum: ['OKP'] })
  kty!: string;

  @ApiProperty({ enum: ['Ed25519'] })
  crv!: string;

  @ApiProperty({ enum: ['EdDSA'] })
  alg!: string;

  @ApiProperty({ enum: ['sig'] })
  use!: string;

  @ApiProperty({ description: 'RFC 7638 thumbprint.' })
  kid!: string;

  @ApiProperty({ description: 'Base64url public key.' })
  x!: string;
}

export class AuditKeySetDto {
  @ApiProperty({ type: [AuditKeyDto] })
  keys!: AuditKeyDto[];
}
