import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AccessModule } from '@portolan/access';
import { AuditModule } from '@portolan/audit';
import { loadProcessConfig } from '@portolan/config';
import { DbModule } from '@portolan/db';

@Module({})
class OperatorModule {}

/** Runs `work` with the rooms that operator commands use, as the application role. */
export async function withRooms<T>(work: (rooms: INestApplicationContext) => Promise<T>): Promise<T> {
  const { database, access } = loadProcessConfig();
  const rooms = await NestFactory.createApplicationContext(
    {
      module: OperatorModule,
      imports: [
        DbModule.forRoot(database, { applicationName: 'portolan-operator', serves: false }),
        AccessModule.forRoot(access),
        AuditModule,
      ],
    },
    { logger: false, abortOnError: false },
  );
  try {
    return await work(rooms);
  } finally {
    await rooms.close();
  }
}
