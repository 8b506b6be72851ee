import { Controller, Get, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Permission } from '@portolan/access';
import { Public, Requires } from '@portolan/access/http';
import { guardedRoutes } from '../../apps/api/src/route-inventory';

@Controller('open')
class OpenController {
  @Get()
  @Public()
  read(): string {
    return 'open';
  }
}

@Controller('guarded')
class GuardedController {
  @Get()
  @Requires('registry:read')
  read(): string {
    return 'guarded';
  }

  helper(): string {
    return 'no route';
  }
}

@Controller('forgotten')
class ForgottenController {
  @Get()
  @Requires('registry:read')
  read(): string {
    return 'guarded';
  }

  @Get('more')
  more(): string {
    return 'forgotten';
  }
}

@Controller('both')
class BothController {
  @Get()
  @Public()
  @Requires('registry:read')
  read(): string {
    return 'both';
  }
}

@Controller('unknown')
class UnknownController {
  @Get()
  @Requires('registry:frobnicate' as Permission)
  read(): string {
    return 'unknown';
  }
}

@Public()
@Controller('class')
class ClassController {
  @Get()
  read(): string {
    return 'open';
  }
}

async function routesOf(...controllers: Type[]) {
  @Module({ controllers })
  class TinyModule {}

  const app = await NestFactory.create<NestFastifyApplication>(TinyModule, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  try {
    return guardedRoutes(app);
  } finally {
    await app.close();
  }
}

describe('A program with a route that nobody thought about does not start', () => {
  it('because the route names no permission and is not public', async () => {
    await expect(routesOf(GuardedController, ForgottenController)).rejects.toThrow(
      'ForgottenController.more must have exactly one of @Requires(permission) and @Public()',
    );
  });

  it('because it names both', async () => {
    await expect(routesOf(BothController)).rejects.toThrow('BothController.read must have exactly one');
  });

  it('because its permission is none', async () => {
    await expect(routesOf(UnknownController)).rejects.toThrow('UnknownController.read: unknown registry:frobnicate');
  });

  it('and otherwise lists each route with its permission', async () => {
    expect(await routesOf(OpenController, GuardedController, ClassController)).toEqual([
      { handler: 'OpenController.read', permission: null },
      { handler: 'GuardedController.read', permission: 'registry:read' },
      { handler: 'ClassController.read', permission: null },
    ]);
  });
});
