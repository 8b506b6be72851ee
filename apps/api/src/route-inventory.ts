import { Logger } from '@nestjs/common';
import { ModulesContainer, Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { PUBLIC, REQUIRES } from '@portolan/access/http';
import { PERMISSIONS, type Permission } from '@portolan/access';

/** One handler and who may call it. */
export interface GuardedRoute {
  readonly handler: string;
  /** Null: everybody. */
  readonly permission: Permission | null;
}

/**
 * Every route of the application with its permission.
 *
 * @throws Error for a route that names none and is not public, so that such a program does not start
 */
export function guardedRoutes(app: NestFastifyApplication): GuardedRoute[] {
  const reflector = app.get(Reflector);
  const routes: GuardedRoute[] = [];
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as Record<string, unknown>;
      for (const name of Object.getOwnPropertyNames(prototype)) {
        const handler = prototype[name];
        if (typeof handler !== 'function' || !Reflect.hasMetadata(PATH_METADATA, handler)) continue;
        if (!Reflect.hasMetadata(METHOD_METADATA, handler)) continue;
        const targets = [handler, metatype] as Parameters<Reflector['getAllAndOverride']>[1];
        const permission = reflector.getAllAndOverride<Permission | undefined>(REQUIRES, targets);
        const isPublic = reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets) === true;
        const label = `${metatype.name}.${name}`;
        if ((permission !== undefined) === isPublic)
          throw new Error(`${label} must have exactly one of @Requires(permission) and @Public()`);
        if (permission !== undefined && !(permission in PERMISSIONS))
          throw new Error(`${label}: unknown ${permission}`);
        routes.push({ handler: label, permission: permission ?? null });
      }
    }
  }
  Logger.debug(`${routes.length} guarded routes`, 'RouteInventory');
  return routes;
}
