import {
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import { present } from '../../../platform/invariant.ts';
import type { Mask } from '../../protection/mask.ts';
import type { Weights } from '../../protection/weights.ts';
import type { Raw } from '../fetch/raw.ts';
import { isRaw } from '../fetch/raw.ts';
import type { PlannedNames } from '../names.ts';
import { type CollectOptions, collectFields } from './collect.ts';
import { type Constants, type EmitObject, emitValue, type Place } from './emit.ts';
import type { Shaping } from './shaping.ts';

/** Gives null where a null was passed up, and nothing for an object of which nobody knows what it is. */
export type ShapeObject = (raw: Raw, shaping: Shaping) => Raw | null | undefined;

export interface ShapeOptions extends CollectOptions {
  readonly names: PlannedNames;
  readonly mask: Mask | null;
  readonly weights: Weights | undefined;
}

/** A function being written: its name, what it shapes, and where that stands. */
interface Task {
  readonly name: string;
  readonly type: GraphQLCompositeType;
  readonly sets: readonly SelectionSetNode[];
  readonly place: Place;
}

const ROOT: Place = { pattern: [], listDepth: 0, name: 'the root' };

/**
 * Compiles the selections of an operation to a function that makes the answer of what subgraphs gave. It is text for the
 * engine of JavaScript: objects of a place are made by one literal, so they share one hidden class, which makes them and
 * `JSON.stringify` fast. Only names of the schema and the document get into the text, each quoted.
 */
export function compileShape(
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  options: ShapeOptions,
): ShapeObject {
  return compileAt(type, sets, ROOT, options);
}

function compileAt(
  type: GraphQLCompositeType,
  sets: readonly SelectionSetNode[],
  place: Place,
  options: ShapeOptions,
): ShapeObject {
  const values: unknown[] = [];
  const constants: Constants = (value) => `c[${values.push(value) - 1}]`;
  const tasks: Task[] = [{ name: 'f0', type, sets, place }];
  const functions: string[] = [];
  for (let task = tasks[0]; task !== undefined; task = tasks[functions.length]) {
    functions.push(emitFunction(task, tasks, constants, options));
  }
  const text = `"use strict";\n${functions.join('\n')}\nreturn f0;`;
  return new Function('c', 'own', text)(values, ownValue) as ShapeObject;
}

function ownValue(raw: Raw, name: string): unknown {
  return Object.hasOwn(raw, name) ? raw[name] : undefined;
}

function emitFunction(task: Task, tasks: Task[], constants: Constants, options: ShapeOptions): string {
  const { name, type, sets, place } = task;
  const fields = collectFields(sets, type, options);
  const lines: string[] = [];
  const entries: string[] = [];
  let weight = place === ROOT ? 0 : (options.weights?.ofType(type.name) ?? 0);
  for (const [key, nodes] of fields) {
    const value = `v${entries.length}`;
    const field: FieldSite = { key, nodes, value, type, place };
    lines.push(emitField(field, tasks, constants, options));
    entries.push(`${key === '__proto__' ? '["__proto__"]' : JSON.stringify(key)}: ${value}`);
    weight += weightOf(field, options);
  }
  const fault = `s.fault(${constants(place.pattern)}, ${JSON.stringify(`${place.name} is no object`)})`;
  return `function ${name}(r, s) {
    if (typeof r !== "object" || Array.isArray(r)) return ${fault};
    ${lines.join('\n    ')}
    ${weight === 0 ? '' : `s.cost += ${weight};`}
    return { ${entries.join(', ')} };
  }`;
}

interface FieldSite {
  readonly key: string;
  readonly nodes: readonly FieldNode[];
  readonly value: string;
  readonly type: GraphQLCompositeType;
  readonly place: Place;
}

function emitField(site: FieldSite, tasks: Task[], constants: Constants, options: ShapeOptions): string {
  const { key, nodes, value, type, place } = site;
  const node = present(nodes[0], 'node of a selected field');
  const name = node.name.value;
  if (name === '__typename') {
    // Of an object of which it is not known what it is, not even its type can be told.
    return isObjectType(type)
      ? `const ${value} = ${JSON.stringify(type.name)};`
      : `const ${value} = null; return;`;
  }
  if (name.startsWith('__')) return `const ${value} = own(s.introspection, ${JSON.stringify(key)});`;
  const definition = present(
    'getFields' in type ? type.getFields()[name] : undefined,
    `field ${type.name}.${name}`,
  );
  const below: Place = {
    pattern: [...place.pattern, key],
    listDepth: place.listDepth,
    name: `${type.name}.${name}`,
  };
  const denial = denialOf(nodes, options.mask);
  if (denial !== undefined) {
    const denied = `s.deny(${constants(below.pattern)}, ${constants(denial)})`;
    return isNonNullType(definition.type)
      ? `${denied}; return null; var ${value};`
      : `const ${value} = ${denied};`;
  }
  const named = getNamedType(definition.type);
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  const emitObject: EmitObject = (raw, at) => {
    if (isAbstractType(named)) return `${constants(dispatch(named, sets, at, options))}(${raw}, s)`;
    const task: Task = { name: `f${tasks.length}`, type: named as GraphQLObjectType, sets, place: at };
    tasks.push(task);
    return `${task.name}(${raw}, s)`;
  };
  const planned = options.names.ofField(node);
  const read =
    planned in Object.prototype ? `own(r, ${JSON.stringify(planned)})` : `r[${JSON.stringify(planned)}]`;
  return `let ${value} = ${read}; ${emitValue(definition.type, value, below, 'return null;', constants, emitObject)}`;
}

function denialOf(nodes: readonly FieldNode[], mask: Mask | null): unknown {
  if (mask === null) return undefined;
  for (const node of nodes) {
    const denial = mask.denied.get(node);
    if (denial !== undefined) return denial;
  }
  return undefined;
}

function weightOf({ nodes, type }: FieldSite, { weights, mask }: ShapeOptions): number {
  const name = nodes[0]?.name.value ?? '';
  if (weights === undefined || name.startsWith('__') || denialOf(nodes, mask) !== undefined) return 0;
  return weights.ofField(type.name, name);
}

/** Shapes an object by its runtime type, compiled when a type is met first. */
function dispatch(
  type: GraphQLAbstractType,
  sets: readonly SelectionSetNode[],
  place: Place,
  options: ShapeOptions,
): ShapeObject {
  const shapes = new Map<string, ShapeObject>();

  function shapeFor(typeName: string): ShapeObject | undefined {
    const known = shapes.get(typeName);
    if (known !== undefined) return known;
    const runtime = options.schema.getType(typeName);
    const isPossible =
      runtime === type ||
      ((isObjectType(runtime) || isInterfaceType(runtime)) && options.schema.isSubType(type, runtime));
    if (!isPossible) return undefined;
    const shape = compileAt(runtime, sets, place, options);
    shapes.set(typeName, shape);
    return shape;
  }

  return (raw, shaping) => {
    if (!isRaw(raw)) return shaping.fault(place.pattern, `${place.name} is no object`);
    const typeName = raw.__typename;
    const shape = shapeFor(typeof typeName === 'string' ? typeName : type.name);
    if (shape === undefined) {
      return shaping.fault(place.pattern, `${place.name} is a ${typeName}, which is no ${type.name}`);
    }
    return shape(raw, shaping);
  };
}
