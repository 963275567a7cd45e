// Plans operations in a process of its own. The native planner ends its process when it meets an operation that it has a
// fault with (seen with 0.0.38: an alias that takes the name of a field that `@requires` needs), and no request may end the
// router. Apollo's planner was measured to block for 18 ms and more, which here delays plans only. Plain JavaScript, so
// that it starts the same from the sources, from a bundle and in tests.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Functions `(query, operationName, labels) => plan`, by the key that the parent chose. */
const planners = new Map();

function openHive(sdl) {
  const { QueryPlanner } = require('@graphql-hive/router-query-planner');
  const planner = new QueryPlanner(sdl);
  return (query, operationName, labels) => {
    // `percent(x)` holds below x, so the smallest that holds tells where the caller stands.
    const percents = labels.map((label) => Number(/^percent\((.+)\)$/.exec(label)?.[1] ?? 100));
    const place = Math.max(Math.min(100, ...percents) - 1e-6, 0);
    return planner.plan(query, operationName, new Set(labels), place);
  };
}

function openApollo(sdl) {
  const internals = require('@apollo/federation-internals');
  const { QueryPlanner } = require('@apollo/query-planner');
  const { parse } = require('graphql');
  const supergraph = internals.Supergraph.build(sdl, {
    supportedFeatures: internals.ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
  });
  const planner = new QueryPlanner(supergraph);
  const schema = supergraph.apiSchema();
  return (query, operationName, labels) => {
    const operation = internals.operationFromDocument(schema, parse(query), {
      validate: false,
      ...(operationName === null ? {} : { operationName }),
    });
    const overrideConditions = new Map(labels.map((label) => [label, true]));
    return planner.buildQueryPlan(operation, { overrideConditions });
  };
}

function answer(message) {
  switch (message.kind) {
    case 'OPEN': {
      const open = message.planner === 'hive' ? openHive : openApollo;
      planners.set(message.key, open(message.sdl));
      return null;
    }
    case 'CLOSE':
      planners.delete(message.key);
      // Megabytes outside the heap hang on an object of a few bytes, which nothing would make the collector look for.
      globalThis.gc?.();
      return null;
    case 'PLAN':
      return planners.get(message.key)(message.query, message.operationName, message.labels);
    default:
      throw new Error(`no message is of kind ${message.kind}`);
  }
}

process.on('message', (message) => {
  let reply;
  try {
    reply = { id: message.id, value: answer(message) };
  } catch (error) {
    reply = { id: message.id, fault: String(error?.message ?? error), code: error?.code };
  }
  process.send(reply);
});

// The router is gone.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group; the router decides when its plans are no longer needed.
process.on('SIGINT', () => {});
