import { ApiProperty, ApiPropertyOptional, ApiResponse } from '@nestjs/swagger';

export class InvalidParameterDto {
  @ApiProperty({ example: 'name', description: 'Dotted path of the field.' })
  field!: string;

  @ApiProperty({ example: 'max_length' })
  rule!: string;

  @ApiProperty({ example: 'name must be shorter than or equal to 120 characters' })
  reason!: string;

  @ApiProperty({ enum: ['body', 'query', 'path'] })
  source!: string;

  @ApiPropertyOptional()
  minimum?: number;

  @ApiPropertyOptional()
  maximum?: number;

  @ApiPropertyOptional({ type: [String] })
  choices?: string[];
}

/** An RFC 9457 problem. */
export class ProblemDto {
  @ApiProperty({ example: 'urn:portolan:error:invalid_parameters' })
  type!: string;

  @ApiProperty()
  title!: string;

  @ApiProperty({ example: 400 })
  status!: number;

  @ApiProperty()
  detail!: string;

  @ApiProperty({ example: 'portolan:trace:4bf92f3577b34da6a3ce929d0e0e4736', description: 'Names this one answer.' })
  instance!: string;

  @ApiPropertyOptional({ type: [InvalidParameterDto] })
  invalid_parameters?: InvalidParameterDto[];
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'A parameter is not acceptable; each is named.',
  401: 'No valid credential.',
  403: 'The credential lacks the permission.',
  404: 'Not there, or not visible to this credential.',
  409: 'In conflict with what is there.',
  410: 'Was there once.',
  422: 'Understood, and not possible.',
  429: 'Too many requests; the header Retry-After says when to ask again.',
  502: 'Another server did not answer.',
  503: 'Not possible at the moment.',
};

export const ApiProblem = (status: number) =>
  ApiResponse({
    status,
    description: DESCRIPTIONS[status] ?? '',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDto' } } },
  });
