import { Injectable } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import { isStorableText } from '@portolan/kernel';

/** Which organization signs in at a path. */
@Injectable()
export class FindLoginPath {
  constructor(private readonly system: SystemDb) {}

  /** The organization's id, or null. */
  async run(loginPath: string): Promise<string | null> {
    if (!isStorableText(loginPath)) return null;
    const [row] = await this.system.call<{ org_id: string }>(sql`select org_id from find_login_path(${loginPath})`);
    return row?.org_id ?? null;
  }
}
