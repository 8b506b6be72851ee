import type { Answer } from '../support/http';

/** The code of a refusal. */
export function problemCode(answer: Answer): string {
  return answer.json<{ type?: string }>().type?.replace('urn:portolan:error:', '') ?? '';
}
