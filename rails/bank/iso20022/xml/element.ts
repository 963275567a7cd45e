/** An element of a message, its name without a prefix. */
export interface XmlElement {
  readonly name: string;
  /** Those without a prefix; declarations of namespaces and hints for validators are left out. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** The letters between its children, as they stand. */
  readonly text: string;
  /** True where its namespace is not that of the message. */
  readonly isForeign: boolean;
}

/** A document whose root is in that namespace. */
export interface XmlDocument {
  readonly namespace: string;
  readonly root: XmlElement;
}

const NO_ATTRIBUTES: Readonly<Record<string, string>> = {};

/** Makes an element to be written. Children that are null are left out, so that what is optional needs no branch. */
export function element(
  name: string,
  content: string | readonly (XmlElement | null)[],
  attributes: Readonly<Record<string, string>> = NO_ATTRIBUTES,
): XmlElement {
  const isText = typeof content === 'string';
  return {
    name,
    attributes,
    children: isText ? [] : content.filter((child) => child !== null),
    text: isText ? content : '',
    isForeign: false,
  };
}

/** As `element`, or null without a content. */
export function optional(
  name: string,
  content: string | readonly (XmlElement | null)[] | null,
): XmlElement | null {
  if (content === null) return null;
  if (typeof content !== 'string' && content.every((child) => child === null)) return null;
  return element(name, content);
}

/** The first child of that name along a path such as `Rsn/Cd`, or null. */
export function find(of: XmlElement | null, path: string): XmlElement | null {
  let at: XmlElement | null = of;
  for (const name of path.split('/')) at = at?.children.find((child) => child.name === name) ?? null;
  return at;
}

/** All children of that name. */
export function all(of: XmlElement | null, name: string): readonly XmlElement[] {
  return of?.children.filter((child) => child.name === name) ?? [];
}

/** What stands in the element along a path, or null where there is none. */
export function textAt(of: XmlElement | null, path: string): string | null {
  return find(of, path)?.text ?? null;
}

/** What stands in an element that the structure guarantees; empty only before the structure was checked. */
export function textOf(of: XmlElement | null, path: string): string {
  return textAt(of, path) ?? '';
}
