import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ApiProblem, CurrentCtx, Limited, Public, Requires } from '@portolan/access/http';
import { parseInteger, single, unknownParameter, type Ctx } from '@portolan/kernel';
import { ListCheckpoints, type CheckpointView } from '../../chain/list-checkpoints.query';
import { SigningKeys, type PublicJwk } from '../../chain/signing-keys';
import type { Verification } from '../../chain/verification';
import { VerifyChain } from '../../chain/verify-chain.query';
import { Places } from '../../places';
import { AuditCheckpointListDto, AuditKeySetDto, AuditVerificationDto } from './audit-chain.dto';

const PATH = '/v0/audit-logs';
const VERIFIED_ROWS_MAX = 5_000;
const RETRY_AFTER_SECONDS = 5;
const PAGE_SIZE_DEFAULT = 20;
const PAGE_SIZE_MAX = 1_000;
const KEYS_MAX_AGE_SECONDS = 300;

/** The proof that a trail is complete and unchanged. */
@ApiTags('Audit logs')
@Controller('v0/audit-logs')
export class AuditChainController {
  // Hashing keeps the one thread of the process busy.
  private readonly places = new Places({
    what: 'verifications',
    ofOrganization: 1,
    ofProcess: 2,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });

  constructor(
    private readonly verifyChain: VerifyChain,
    private readonly listCheckpoints: ListCheckpoints,
    private readonly keys: SigningKeys,
  ) {}

  @Get('verify')
  @Requires('audit_log:list')
  @Limited('export')
  @ApiOperation({
    operationId: 'verify-audit-logs',
    summary: 'Whether the trail is complete and unchanged, and if not, which row is the first that is not',
    description: `Covers at most ${VERIFIED_ROWS_MAX} rows; \`next\` leads to those that follow.`,
  })
  @ApiQuery({ name: 'page[after]', required: false, type: String, description: 'Part of `next` of an earlier answer.' })
  @ApiQuery({
    name: 'checkpoint',
    required: false,
    type: String,
    description: 'Token of a checkpoint that was kept elsewhere: a chain that lost its end does not fit it.',
  })
  @ApiOkResponse({ type: AuditVerificationDto })
  @ApiProblem(400)
  @ApiProblem(503)
  async verify(@CurrentCtx() ctx: Ctx, @Query() query: Record<string, unknown>): Promise<Verification> {
    let after: string | null = null;
    let checkpoint: string | null = null;
    for (const [key, raw] of Object.entries(query)) {
      const value = single(key, raw);
      if (key === 'page[after]') after = value;
      else if (key === 'checkpoint') checkpoint = value;
      else throw unknownParameter(key);
    }
    const end = this.places.take(ctx.orgId);
    try {
      const verification = await this.verifyChain.run(ctx, { after, checkpoint, rowsMax: VERIFIED_ROWS_MAX });
      return { ...verification, next: verification.next === null ? null : verifyPath(verification.next, checkpoint) };
    } finally {
      end();
    }
  }

  @Get('checkpoints')
  @Requires('audit_log:list')
  @ApiOperation({ operationId: 'list-audit-checkpoints', summary: 'Signed checkpoints of the trail, newest first' })
  @ApiQuery({
    name: 'page[size]',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: PAGE_SIZE_MAX, default: PAGE_SIZE_DEFAULT },
  })
  @ApiQuery({ name: 'page[after]', required: false, type: String, description: 'Taken from meta.page.next.' })
  @ApiOkResponse({ type: AuditCheckpointListDto })
  @ApiProblem(400)
  async checkpoints(
    @CurrentCtx() ctx: Ctx,
    @Query() query: Record<string, unknown>,
  ): Promise<{ data: readonly CheckpointView[]; meta: unknown }> {
    let pageSize = PAGE_SIZE_DEFAULT;
    let after: string | null = null;
    for (const [key, raw] of Object.entries(query)) {
      const value = single(key, raw);
      if (key === 'page[size]') pageSize = parseInteger(key, value, PAGE_SIZE_MAX);
      else if (key === 'page[after]') after = value;
      else throw unknownParameter(key);
    }
    const { checkpoints, next } = await this.listCheckpoints.run(ctx, pageSize, after);
    const path = next === null ? null : `${PATH}/checkpoints?page[size]=${pageSize}&page[after]=${next}`;
    return { data: checkpoints, meta: { page: { size: pageSize, next: path } } };
  }

  @Get('jwks.json')
  @Public()
  @Header('Cache-Control', `public, max-age=${KEYS_MAX_AGE_SECONDS}`)
  @ApiOperation({ operationId: 'get-audit-jwks', summary: 'The public keys that sign audit trails (RFC 7517)' })
  @ApiOkResponse({ type: AuditKeySetDto })
  async jwks(): Promise<{ keys: readonly PublicJwk[] }> {
    return { keys: await this.keys.publicKeys() };
  }
}

function verifyPath(after: string, checkpoint: string | null): string {
  return `${PATH}/verify?page[after]=${after}${checkpoint === null ? '' : `&checkpoint=${checkpoint}`}`;
}
