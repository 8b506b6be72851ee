import { SetMetadata } from '@nestjs/common';
import type { LimitClass } from '../limits/token-bucket';

export const LIMITED = 'portolan:limited';

/** The class of limits of a route whose method and query do not tell; null: no limit, as for health. */
export const Limited = (limitClass: LimitClass | null) => SetMetadata(LIMITED, limitClass);
