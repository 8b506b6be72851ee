import { Transform } from 'class-transformer';

/** For maps: the transformer drops keys that every object has, such as `toString`; they are good names of labels. */
export const AsSent = () => Transform(({ obj, key }) => (obj as Record<string, unknown>)[key]);
