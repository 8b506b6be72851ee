import { ApiParam } from '@nestjs/swagger';

export const ApiOwnOrganization = () =>
  ApiParam({ name: 'organizationId', description: "`me`, or the id of the caller's organization; there is no other." });
