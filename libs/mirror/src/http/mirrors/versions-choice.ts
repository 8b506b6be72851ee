import { ApiQuery } from '@nestjs/swagger';
import { invalidParameter, single, unknownParameter } from '@portolan/kernel';
import { VERSIONS_CHOICES, type VersionsChoice } from '../../mirrors/delete-mirror.service';

/**
 * `versions` of a query string that may hold nothing else. Nobody is to lose versions, or to keep them, by not thinking of
 * them: there is no default.
 *
 * @throws AppError invalid_parameters
 */
export function versionsChoiceOf(query: Readonly<Record<string, unknown>>): VersionsChoice {
  const unknown = Object.keys(query).find((key) => key !== 'versions');
  if (unknown !== undefined) throw unknownParameter(unknown);
  const value = query['versions'] === undefined ? undefined : single('versions', query['versions']);
  const choice = VERSIONS_CHOICES.find((one) => one === value);
  if (choice !== undefined) return choice;
  throw invalidParameter({
    field: 'versions',
    rule: value === undefined ? 'required' : 'enum',
    choices: VERSIONS_CHOICES,
    reason: `versions must be one of [${VERSIONS_CHOICES.join(', ')}]`,
    source: 'query',
  });
}

export const ApiVersionsChoice = () =>
  ApiQuery({
    name: 'versions',
    required: true,
    schema: { type: 'string', enum: [...VERSIONS_CHOICES] },
    description:
      'What becomes of the versions that the mirror brought. keep: they become the own ones of the registry. remove: ' +
      'they go with the mirror.',
  });
