import type { World } from '../../support/world';
import { TEST_ENVIRONMENT } from '../../support/world';

export const OPERATOR = TEST_ENVIRONMENT.OPERATOR_TOKEN ?? '';

export interface OrganizationBody {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  readonly login_path: string;
  readonly state: string;
  readonly suspended_reason: string | null;
  readonly rate_limits: Readonly<Record<string, unknown>>;
  readonly quotas: Readonly<Record<string, unknown>>;
  readonly created_at: string;
  readonly updated_at: string;
  readonly admin_token?: string;
}

/** The operator's calls, or another's. */
export function operate(world: World, token = OPERATOR) {
  const credential = token === '' ? {} : { token };
  return {
    list: (query = '') => world.call('GET', `/v0/organizations${query}`, credential),
    create: (body: unknown) => world.call('POST', '/v0/organizations', { ...credential, body }),
    get: (id: string) => world.call('GET', `/v0/organizations/${id}`, credential),
    update: (id: string, body: unknown) => world.call('PATCH', `/v0/organizations/${id}`, { ...credential, body }),
    delete: (id: string, query = '') => world.call('DELETE', `/v0/organizations/${id}${query}`, credential),
  };
}
