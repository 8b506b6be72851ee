import { Body, Controller, Get, Patch, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiForce, ApiProblem, CurrentCtx, forceOf, Requires } from '@portolan/access/http';
import type { Ctx } from '@portolan/kernel';
import type { AuditSettingsRow } from '../../settings/audit-settings';
import { GetAuditSettings } from '../../settings/get-audit-settings.query';
import { UpdateAuditSettings } from '../../settings/update-audit-settings.service';
import { AuditSettingsDto, UpdateAuditSettingsDto } from './audit-settings.dto';

@ApiTags('Audit logs')
@Controller('v0/audit-logs/settings')
export class AuditSettingsController {
  constructor(
    private readonly getAuditSettings: GetAuditSettings,
    private readonly updateAuditSettings: UpdateAuditSettings,
  ) {}

  @Get()
  @Requires('audit_log:list')
  @ApiOperation({ operationId: 'get-audit-settings', summary: 'How the audit trail is kept' })
  @ApiOkResponse({ type: AuditSettingsDto })
  settings(@CurrentCtx() ctx: Ctx): Promise<AuditSettingsRow> {
    return this.getAuditSettings.run(ctx);
  }

  @Patch()
  @Requires('audit_log:edit')
  @ApiForce('Also when rows that are kept now are deleted by it.')
  @ApiOperation({
    operationId: 'update-audit-settings',
    summary: 'Change how the audit trail is kept; what is absent stays',
  })
  @ApiOkResponse({ type: AuditSettingsDto })
  @ApiProblem(400)
  @ApiProblem(409)
  change(
    @CurrentCtx() ctx: Ctx,
    @Query() query: Readonly<Record<string, unknown>>,
    @Body() input: UpdateAuditSettingsDto,
  ): Promise<AuditSettingsRow> {
    const { retention_days, legal_hold, log_grants, access_sample_percent } = input;
    const change = {
      ...(retention_days === undefined ? {} : { retention_days }),
      ...(legal_hold === undefined ? {} : { legal_hold }),
      ...(log_grants === undefined ? {} : { log_grants }),
      ...(access_sample_percent === undefined ? {} : { access_sample_percent }),
    };
    return this.updateAuditSettings.execute(ctx, change, forceOf(query));
  }
}
