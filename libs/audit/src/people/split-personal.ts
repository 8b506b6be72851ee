import { PERSONAL_FIELDS, type AuditEvent } from '../audit-events';

type Fields = Readonly<Record<string, unknown>>;

export interface SplitEvent {
  readonly before: Fields | null;
  readonly after: Fields | null;
  /** Null when nothing tells who somebody is. */
  readonly personal: { readonly before?: Fields; readonly after?: Fields } | null;
}

/** Parts what the chain keeps of an event from what can be erased. */
export function splitPersonal({ person, before, after }: AuditEvent): SplitEvent {
  const [was, is] = [before, after].map((fields) => split(fields, person !== undefined));
  const personal = {
    ...(was?.personal ? { before: was.personal } : {}),
    ...(is?.personal ? { after: is.personal } : {}),
  };
  return {
    before: was?.kept ?? null,
    after: is?.kept ?? null,
    personal: Object.keys(personal).length === 0 ? null : personal,
  };
}

function split(fields: object | undefined, hasPerson: boolean): { kept: Fields; personal: Fields | null } | null {
  if (fields === undefined) return null;
  if (!hasPerson) return { kept: fields as Fields, personal: null };
  const entries = Object.entries(fields);
  const personal = entries.filter(([name]) => PERSONAL_FIELDS.includes(name));
  return {
    kept: Object.fromEntries(entries.filter(([name]) => !PERSONAL_FIELDS.includes(name))),
    personal: personal.length === 0 ? null : Object.fromEntries(personal),
  };
}
