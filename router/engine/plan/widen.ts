import type { EntityGroup, Path, Plan, PlanNode } from './plan.ts';

/**
 * The plan with every fetch from a subgraph that knows an interface as an object made for all types of the interface, and
 * not for those alone that the planner remembered. It may ask for more than is needed, and loses nothing.
 */
export function widened(plan: Plan): Plan {
  return { ...plan, node: plan.node && widenedNode(plan.node) };
}

function widenedNode(node: PlanNode): PlanNode {
  switch (node.kind) {
    case 'SEQUENCE':
    case 'PARALLEL':
      return { ...node, nodes: node.nodes.map(widenedNode) };
    case 'ENTITIES':
      return { ...node, groups: node.groups.map(widenedGroup) };
    case 'ROOT':
      return node;
  }
}

function widenedGroup(group: EntityGroup): EntityGroup {
  const interfaceName = sentAs(group);
  if (interfaceName === undefined) return group;
  return {
    ...group,
    paths: group.paths.map(withoutLastTypes),
    requires: group.requires.map((one) => (one.kind === 'TYPE' ? { ...one, typeName: interfaceName } : one)),
  };
}

/** The type name that all of the group's entities are sent with. */
function sentAs({ inputRewrites }: EntityGroup): string | undefined {
  for (const rewrite of inputRewrites) {
    const last = rewrite.path.at(-1);
    const isTypeName = last?.kind === 'FIELD' && last.name === '__typename';
    if (rewrite.kind === 'SET' && isTypeName && typeof rewrite.value === 'string') return rewrite.value;
  }
  return undefined;
}

function withoutLastTypes(path: Path): Path {
  return path.at(-1)?.kind === 'TYPES' ? withoutLastTypes(path.slice(0, -1)) : path;
}
