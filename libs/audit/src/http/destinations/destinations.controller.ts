import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiListQuery, ApiProblem, CurrentCtx, Limited, Requires } from '@portolan/access/http';
import { invalidParameter, parseListQuery, type Ctx, type PageMeta } from '@portolan/kernel';
import { CreateDestination } from '../../destinations/create-destination.service';
import { DeleteDestination } from '../../destinations/delete-destination.service';
import { DESTINATION_FIELDS, type DestinationRow } from '../../destinations/destination-row';
import { GetDestinationStatus, type DestinationStatus } from '../../destinations/get-destination-status.query';
import { GetDestination } from '../../destinations/get-destination.query';
import { ListDestinations } from '../../destinations/list-destinations.query';
import { SendTestEntry, type TestOutcome } from '../../destinations/send-test-entry.service';
import { UpdateDestination, type DestinationChange } from '../../destinations/update-destination.service';
import {
  CreateDestinationDto,
  DestinationDto,
  DestinationListDto,
  DestinationStatusDto,
  DestinationTestDto,
  UpdateDestinationDto,
} from './destination.dto';

/** Where the audit trail is sent. */
@ApiTags('Audit log destinations')
@Controller('v0/audit-log-destinations')
export class DestinationsController {
  constructor(
    private readonly listDestinations: ListDestinations,
    private readonly getDestination: GetDestination,
    private readonly getStatus: GetDestinationStatus,
    private readonly createDestination: CreateDestination,
    private readonly updateDestination: UpdateDestination,
    private readonly deleteDestination: DeleteDestination,
    private readonly sendTestEntry: SendTestEntry,
  ) {}

  @Post()
  @Requires('audit_log:edit')
  @ApiOperation({
    operationId: 'create-audit-log-destination',
    summary: 'Send the audit trail somewhere, from its next row on',
  })
  @ApiCreatedResponse({ type: DestinationDto })
  @ApiProblem(400)
  @ApiProblem(409)
  @ApiProblem(422)
  @ApiProblem(503)
  create(@CurrentCtx() ctx: Ctx, @Body() input: CreateDestinationDto): Promise<DestinationRow> {
    const { name, authorization = null, format = 'json', enabled = true } = input;
    return this.createDestination.execute(ctx, {
      name,
      endpoint: endpointOf(input.endpoint),
      authorization,
      format,
      enabled,
    });
  }

  @Get()
  @Requires('audit_log:list')
  @ApiOperation({ operationId: 'list-audit-log-destinations', summary: 'Where the audit trail is sent' })
  @ApiListQuery(DESTINATION_FIELDS, 'name')
  @ApiOkResponse({ type: DestinationListDto })
  @ApiProblem(400)
  list(
    @CurrentCtx() ctx: Ctx,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<{ data: DestinationRow[]; meta: PageMeta }> {
    return this.listDestinations.run(ctx, parseListQuery(query, DESTINATION_FIELDS, 'name'));
  }

  @Get(':destinationId')
  @Requires('audit_log:list')
  @ApiOperation({ operationId: 'get-audit-log-destination', summary: 'One destination' })
  @ApiOkResponse({ type: DestinationDto })
  @ApiProblem(404)
  get(@CurrentCtx() ctx: Ctx, @Param('destinationId') id: string): Promise<DestinationRow> {
    return this.getDestination.run(ctx, id);
  }

  @Patch(':destinationId')
  @Requires('audit_log:edit')
  @ApiOperation({
    operationId: 'update-audit-log-destination',
    summary: 'Change, pause or resume a destination; what is absent stays',
  })
  @ApiOkResponse({ type: DestinationDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  @ApiProblem(422)
  @ApiProblem(503)
  update(
    @CurrentCtx() ctx: Ctx,
    @Param('destinationId') id: string,
    @Body() input: UpdateDestinationDto,
  ): Promise<DestinationRow> {
    return this.updateDestination.execute(ctx, id, changeOf(input));
  }

  @Delete(':destinationId')
  @HttpCode(204)
  @Requires('audit_log:edit')
  @ApiOperation({
    operationId: 'delete-audit-log-destination',
    summary: 'Send nothing there any more, and forget what was not delivered',
  })
  @ApiNoContentResponse()
  @ApiProblem(404)
  async delete(@CurrentCtx() ctx: Ctx, @Param('destinationId') id: string): Promise<void> {
    await this.deleteDestination.execute(ctx, id);
  }

  @Get(':destinationId/status')
  @Requires('audit_log:list')
  @ApiOperation({
    operationId: 'get-audit-log-destination-status',
    summary: 'How far the delivery has come, and how the last attempt went',
  })
  @ApiOkResponse({ type: DestinationStatusDto })
  @ApiProblem(404)
  status(@CurrentCtx() ctx: Ctx, @Param('destinationId') id: string): Promise<DestinationStatus> {
    return this.getStatus.run(ctx, id);
  }

  @Post(':destinationId/test')
  @HttpCode(200)
  @Requires('audit_log:edit')
  @Limited('export')
  @ApiOperation({
    operationId: 'test-audit-log-destination',
    summary: 'Send one entry that is marked as a test, and tell how it went',
  })
  @ApiOkResponse({ type: DestinationTestDto })
  @ApiProblem(404)
  @ApiProblem(503)
  test(@CurrentCtx() ctx: Ctx, @Param('destinationId') id: string): Promise<TestOutcome> {
    return this.sendTestEntry.execute(ctx, id);
  }
}

function changeOf({ name, endpoint, authorization, format, enabled }: UpdateDestinationDto): DestinationChange {
  return {
    ...(name === undefined ? {} : { name }),
    ...(endpoint === undefined ? {} : { endpoint: endpointOf(endpoint) }),
    ...(authorization === undefined ? {} : { authorization }),
    ...(format === undefined ? {} : { format }),
    ...(enabled === undefined ? {} : { enabled }),
  };
}

/** @throws AppError invalid_parameters for what looks like a URL and is none */
function endpointOf(text: string): string {
  if (URL.canParse(text)) return text;
  throw invalidParameter({
    field: 'endpoint',
    rule: 'is_url',
    reason: 'endpoint must be an http or https URL without fragment',
    source: 'body',
  });
}
