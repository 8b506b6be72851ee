import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from './auth.guard';
import { OrganizationsController } from './organizations.controller';
import { UsersController } from './users.controller';

@Module({
  controllers: [OrganizationsController, UsersController],
  providers: [{ provide: APP_GUARD, useClass: AuthGuard }],
})
export class AccessHttpModule {}
