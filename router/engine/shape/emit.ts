import type { GraphQLOutputType } from 'graphql';
import { isLeafType, isListType, isNonNullType } from 'graphql';
import { leafTest } from './leaf.ts';
import type { PlacePattern } from './shaping.ts';

/** How the text of a function refers to what cannot be written in it. */
export type Constants = (value: unknown) => string;

export interface Place {
  readonly pattern: PlacePattern;
  /** How many lists are on the way here. */
  readonly listDepth: number;
  /** For messages, such as `User.name`. */
  readonly name: string;
}

/** Gives the expression that shapes the objects of a place, from the expression of the raw one. */
export type EmitObject = (raw: string, place: Place) => string;

/**
 * Statements that turn the raw value in the variable `value` into what the answer has in its place. Section 6.4.3 of the
 * specification, CompleteValue.
 *
 * @param onNull statement that is carried out when a null is not allowed here
 */
export function emitValue(
  type: GraphQLOutputType,
  value: string,
  place: Place,
  onNull: string,
  constants: Constants,
  emitObject: EmitObject,
): string {
  const isRequired = isNonNullType(type);
  const inner = isRequired ? type.ofType : type;
  const pattern = constants(place.pattern);
  const missing = `s.fault(${pattern}, ${JSON.stringify(`null for ${place.name}, which is never null`)});`;
  const wrong = (expected: string) =>
    `s.fault(${pattern}, ${JSON.stringify(`${place.name} is no ${expected}`)})`;

  if (isLeafType(inner)) {
    const test = leafTest(inner, value, constants);
    if (test === null) {
      return isRequired
        ? `if (${value} === null || ${value} === undefined) { ${missing} ${onNull} }`
        : `if (${value} === undefined) ${value} = null;`;
    }
    if (isRequired) {
      return `if (!(${test})) { if (${value} === null || ${value} === undefined) ${missing} else ${wrong(inner.name)}; ${onNull} }`;
    }
    return `if (!(${test})) ${value} = ${value} === null || ${value} === undefined ? null : ${wrong(inner.name)};`;
  }

  const shaped = isListType(inner)
    ? emitList(inner.ofType, value, place, constants, emitObject, wrong('list'))
    : `${value} = ${emitObject(value, place)};`;
  // An object that nobody can resolve is undefined: null where that may be, a fault where it may not.
  const after = isRequired
    ? `if (${value} === undefined) { ${missing} ${onNull} } if (${value} === null) { ${onNull} }`
    : `if (${value} === undefined) ${value} = null;`;
  return isRequired
    ? `if (${value} === null || ${value} === undefined) { ${missing} ${onNull} } ${shaped} ${after}`
    : `if (${value} !== null && ${value} !== undefined) { ${shaped} } ${after}`;
}

function emitList(
  elementType: GraphQLOutputType,
  value: string,
  place: Place,
  constants: Constants,
  emitObject: EmitObject,
  wrong: string,
): string {
  const depth = place.listDepth;
  const [list, out, index, element, isWhole] = [
    `l${depth}`,
    `o${depth}`,
    `i${depth}`,
    `e${depth}`,
    `w${depth}`,
  ];
  const elementPlace: Place = {
    pattern: [...place.pattern, depth],
    listDepth: depth + 1,
    name: place.name,
  };
  const each = emitValue(
    elementType,
    element,
    elementPlace,
    `{ ${isWhole} = false; continue; }`,
    constants,
    emitObject,
  );
  return `if (!Array.isArray(${value})) ${value} = ${wrong}; else {
    const ${list} = ${value}, ${out} = [];
    let ${isWhole} = true;
    for (let ${index} = 0; ${index} < ${list}.length; ${index}++) {
      s.at[${depth}] = ${index};
      let ${element} = ${list}[${index}];
      ${each}
      ${out}.push(${element});
    }
    ${value} = ${isWhole} ? ${out} : null;
  }`;
}
