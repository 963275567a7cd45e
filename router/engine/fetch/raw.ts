/** An object as subgraphs gave it, by planned names; more is merged into it as the plan goes on. */
export type Raw = Record<string, unknown>;

export function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lists in lists that are looked into; a value that is deeper was not made for any schema. */
export const LIST_DEPTH_MAX = 16;
