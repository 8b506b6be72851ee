import { SetMetadata } from '@nestjs/common';

export const PUBLIC = 'portolan:public';

/** Everybody may call this route; no credential is read. */
export const Public = () => SetMetadata(PUBLIC, true);
