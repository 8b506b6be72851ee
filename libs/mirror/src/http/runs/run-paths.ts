import { ApiParam } from '@nestjs/swagger';

export interface Registry {
  readonly id: string;
}

export const RUN_PATHS = ['v0/registries', 'v0/mcp-registries'].map(
  (base) => `${base}/:registryIdentifier/mirrors/:mirrorId/runs`,
);

export const ApiRegistryIdentifier = () =>
  ApiParam({ name: 'registryIdentifier', description: 'Id or name of the registry.' });

export function pathOfRun({ id }: Registry, mirrorId: string, runId: string): string {
  return `/v0/registries/${id}/mirrors/${mirrorId}/runs/${runId}`;
}
