import 'reflect-metadata';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import { loadApiConfig } from '@portolan/config';
import { AppModule } from '../app.module';
import { managementOpenApi } from '../openapi';
import { guardedRoutes } from '../route-inventory';
import { referencePages } from './reference-pages';

const ROOT = resolve(__dirname, '../../../../..');
const NO_SERVER = { DATABASE_URL: 'postgres://preview' };

/** Writes the reference pages that come from tables of the code; with `--check` only says which differ. */
async function main(check: boolean): Promise<number> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(loadApiConfig(NO_SERVER)),
    new FastifyAdapter(),
    { preview: true, logger: false, abortOnError: false },
  );
  const stale: string[] = [];
  for (const [path, content] of referencePages(managementOpenApi(app), guardedRoutes(app))) {
    const file = resolve(ROOT, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === content) continue;
    stale.push(path);
    if (check) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  if (check && stale.length > 0) {
    console.error(`out of date, run \`npm run generate\`: ${stale.join(', ')}`);
    return 1;
  }
  console.log(stale.length === 0 ? 'The generated pages are up to date.' : `Wrote ${stale.join(', ')}.`);
  return 0;
}

void main(process.argv[2] === '--check').then((code) => {
  process.exitCode = code;
});
