import type { KyselyPlugin, RootOperationNode } from 'kysely';

/**
 * Leaves out IF EXISTS and IF NOT EXISTS, for languages that have neither. Their boards have begun with the first migration, so each
 * finds what the one before has left.
 */
export const UNCONDITIONAL: KyselyPlugin = {
  transformQuery: ({ node }) => unconditional(node),
  transformResult: async ({ result }) => result,
};

function unconditional(node: RootOperationNode): RootOperationNode {
  switch (node.kind) {
    case 'CreateTableNode':
      return { ...node, ifNotExists: false };
    case 'DropTableNode':
      return { ...node, ifExists: false };
    default:
      return node;
  }
}
