import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiQuery } from '@nestjs/swagger';
import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, type ListFields } from '@portolan/kernel';

class PageDto {
  @ApiProperty({ example: 1 })
  number!: number;

  @ApiProperty({ example: 10 })
  size!: number;

  @ApiProperty({ example: 100 })
  total!: number;
}

export class PageMetaDto {
  @ApiProperty()
  page!: PageDto;
}

/** The query parameters of a list with these fields. */
export const ApiListQuery = (fields: ListFields, defaultSort: string) =>
  applyDecorators(
    ApiQuery({
      name: 'page[size]',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: PAGE_SIZE_MAX, default: PAGE_SIZE_DEFAULT },
    }),
    ApiQuery({ name: 'page[number]', required: false, schema: { type: 'integer', minimum: 1, default: 1 } }),
    ApiQuery({
      name: 'filter',
      required: false,
      style: 'deepObject',
      explode: true,
      schema: { type: 'object' },
      description: `Fields: ${fieldNames(fields)}. Operators: eq, neq, contains, oeq, ocontains, lt, lte, gt, gte.`,
    }),
    ApiQuery({ name: 'sort', required: false, schema: { type: 'string', default: defaultSort } }),
  );

function fieldNames(fields: ListFields): string {
  const names = Object.keys(fields).join(', ');
  return Object.values(fields).some(({ kind }) => kind === 'labels') ? `${names}; labels as filter[labels.key]` : names;
}
