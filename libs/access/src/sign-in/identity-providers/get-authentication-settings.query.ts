import { Injectable } from '@nestjs/common';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { authenticationSettings, type AuthenticationSettings } from './authentication-settings';

@Injectable()
export class GetAuthenticationSettings {
  constructor(private readonly db: OrgDb) {}

  run(ctx: Ctx): Promise<AuthenticationSettings> {
    return this.db.read(ctx, (tx) => authenticationSettings(tx));
  }
}
