export { AppError, invalidParameter, type ErrorDetail, type InvalidParameter } from './app-error';
export { backoffMs } from './backoff';
export { ANONYMOUS, systemCtx, type Ctx, type Origin, type Principal } from './ctx';
export { ERROR_CODES, type ErrorCodeName } from './error-codes';
export { LABELS_MAX, labelProblem, mergeLabels, type Labels, type LabelsChange } from './labels';
export {
  PAGE_SIZE_DEFAULT,
  PAGE_SIZE_MAX,
  isRfc3339,
  parseFilter,
  parseInteger,
  parseListQuery,
  single,
  unknownParameter,
  type Filter,
  type ListFields,
  type ListQuery,
  type PageMeta,
} from './list-query';
export { MACHINE_NAME, MACHINE_NAME_LENGTH_MAX } from './machine-name';
export { repeatedName } from './repeated-name';
export { roomFor } from './room-for';
export { isStorableText } from './storable-text';
export { isUuid } from './uuid';
