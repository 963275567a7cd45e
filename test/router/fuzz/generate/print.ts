import {
  type ArgumentDraft,
  baseOf,
  type Draft,
  type FieldDraft,
  type Home,
  type ObjectDraft,
} from './draft.ts';
import { topFields } from './objects.ts';

/** The head of every subgraph's schema. */
export const HEADER = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@override", "@inaccessible", "@interfaceObject"])`;

export interface SubgraphText {
  readonly name: string;
  readonly sdl: string;
}

/** A draft as one schema for each subgraph. */
export function printDraft(draft: Draft): readonly SubgraphText[] {
  return draft.homes.map((home) => ({ name: subgraphName(home), sdl: new Printer(draft, home).print() }));
}

export function subgraphName(home: Home): string {
  return `s${home}`;
}

/** Writes whatever the root fields of one subgraph, and the types that are at home in it, refer to. */
class Printer {
  readonly #draft: Draft;
  readonly #home: Home;
  readonly #done = new Map<string, string>();
  readonly #waiting: string[] = [];

  constructor(draft: Draft, home: Home) {
    this.#draft = draft;
    this.#home = home;
  }

  print(): string {
    const { objects, query, mutation, interfaces } = this.#draft;
    const roots = [this.#root('Query', query), this.#root('Mutation', mutation)];
    for (const object of objects) if (object.keys.has(this.#home)) this.#waiting.push(object.name);
    for (const { name, entity, layout } of interfaces) {
      if (entity && (layout.has(this.#home) || entity.added.has(this.#home))) this.#waiting.push(name);
    }
    for (let name = this.#waiting.pop(); name !== undefined; name = this.#waiting.pop()) {
      if (!this.#done.has(name)) {
        this.#done.set(name, '');
        this.#done.set(name, this.#type(name));
      }
    }
    const types = [...this.#done].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
    return `${[HEADER, ...roots, ...types].filter(Boolean).join('\n')}\n`;
  }

  #root(name: string, fields: readonly FieldDraft[]): string {
    const here = fields.filter(({ homes }) => homes.has(this.#home));
    if (here.length === 0) return '';
    return `type ${name} {\n${here.map((field) => this.#field(field, isShared(field))).join('\n')}\n}`;
  }

  #type(name: string): string {
    const { objects, interfaces, unions, enums, inputs, scalars } = this.#draft;
    const object = objects.find((one) => one.name === name);
    if (object) return this.#object(object);
    const kind = interfaces.find((one) => one.name === name);
    if (kind) return this.#interface(kind);
    const union = unions.find((one) => one.name === name);
    if (union) return `union ${name} = ${this.#refer(union.layout.get(this.#home) ?? []).join(' | ')}`;
    const values = enums.find((one) => one.name === name);
    if (values) {
      const here = [...values.core, ...(values.extra.get(this.#home) ?? [])];
      return `enum ${name} { ${here.map((value) => (values.inaccessible.has(value) ? `${value} @inaccessible` : value)).join(' ')} }`;
    }
    const input = inputs.find((one) => one.name === name);
    if (input) {
      const extra = input.extra.get(this.#home);
      return `input ${name} { ${[...input.fields, ...(extra ? [extra] : [])].map((one) => this.#argument(one)).join(' ')} }`;
    }
    return scalars.includes(name) ? `scalar ${name}` : '';
  }

  #refer(names: readonly string[]): readonly string[] {
    this.#waiting.push(...names);
    return names;
  }

  #object(object: ObjectDraft): string {
    if (!object.isEntity) {
      const fields = object.fields.map((field) => this.#field(field, false));
      return `type ${object.name}${this.#implemented(object)} @shareable {\n${fields.join('\n')}\n}`;
    }
    const keys = object.keys.get(this.#home);
    const stub = keys ? undefined : stubKey(object);
    const directives = (keys ?? [stub ?? '']).map(
      (key) => ` @key(fields: "${key}"${keys ? '' : ', resolvable: false'})`,
    );
    const keyNames = new Set((keys ?? [stub ?? '']).flatMap(topFields));
    const own = object.fields.filter((field) => keys !== undefined && field.homes.has(this.#home));
    const externals = [...(object.externals.get(this.#home) ?? [])].filter((field) => !own.includes(field));
    const lines = [
      ...object.keyFields.filter(({ name }) => keyNames.has(name)).map((field) => this.#field(field, false)),
      ...own.map((field) => this.#field(field, isShared(field))),
      ...externals.map(
        (field) =>
          `${this.#field({ ...field, requires: new Map(), provides: new Map(), inaccessible: false }, false)} @external`,
      ),
    ];
    return `type ${object.name}${this.#implemented(object)}${directives.join('')} {\n${lines.join('\n')}\n}`;
  }

  #implemented(object: ObjectDraft): string {
    const names = this.#draft.interfaces
      .filter(({ layout }) => layout.get(this.#home)?.implementers.includes(object.name))
      .map(({ name }) => name);
    return names.length === 0 ? '' : ` implements ${this.#refer(names).join(' & ')}`;
  }

  #interface(one: Draft['interfaces'][number]): string {
    const added = one.entity?.added.get(this.#home);
    if (one.entity && added) {
      const lines = added.map((field) => this.#field(field, false));
      return `type ${one.name} @key(fields: "${one.entity.key}") @interfaceObject {\n  id: ID!\n${lines.join('\n')}\n}`;
    }
    const layout = one.layout.get(this.#home);
    this.#refer(layout?.implementers ?? []);
    const fields = one.fields.filter(({ name }) => layout?.fields.includes(name));
    const key = one.entity ? ` @key(fields: "${one.entity.key}")` : '';
    return `interface ${one.name}${key} {\n${fields.map((field) => this.#field({ ...field, requires: new Map(), provides: new Map(), inaccessible: false }, false)).join('\n')}\n}`;
  }

  #field(field: FieldDraft, isShareable: boolean): string {
    this.#refer([baseOf(field.type)]);
    const args = field.args.map((one) => this.#argument(one)).join(', ');
    const type = field.weaker.has(this.#home) ? field.type.replace(/!$/, '') : field.type;
    const requires = field.requires.get(this.#home);
    const provides = field.provides.get(this.#home);
    const { override } = field;
    const directives = [
      isShareable ? ' @shareable' : '',
      requires ? ` @requires(fields: ${JSON.stringify(requires)})` : '',
      provides ? ` @provides(fields: ${JSON.stringify(provides)})` : '',
      override?.home === this.#home
        ? ` @override(from: "${subgraphName(override.from)}"${override.label ? `, label: "${override.label}"` : ''})`
        : '',
      field.inaccessible ? ' @inaccessible' : '',
    ];
    return `  ${field.name}${args ? `(${args})` : ''}: ${type}${directives.join('')}`;
  }

  #argument({ name, type, fallback, inaccessible }: ArgumentDraft): string {
    this.#refer([baseOf(type)]);
    return `${name}: ${type}${fallback === undefined ? '' : ` = ${fallback}`}${inaccessible ? ' @inaccessible' : ''}`;
  }
}

/** What is overridden has two homes of which one counts. */
function isShared(field: FieldDraft): boolean {
  return field.provided || (field.homes.size > 1 && field.override === undefined);
}

function stubKey(object: ObjectDraft): string | undefined {
  return [...object.keys.values()][0]?.[0];
}
