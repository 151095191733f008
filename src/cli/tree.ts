import { printableLine } from '../errors/quote.ts';

/** The artifact type of signatures, above the signatures in a tree. */
export const SIGNATURES = 'application/vnd.cncf.notary.signature';

/** A line of a tree, with the lines below it. */
export interface TreeNode {
  text: string;
  children?: readonly TreeNode[];
}

/** Prints nodes one after another, below a header of one node in another. */
export interface TreePrinter {
  add(node: TreeNode): void;
  /** Prints the last node. */
  end(): void;
}

/** Makes a printer whose header is printed with the first node. */
export function createTreePrinter(
  print: (text: string) => void,
  [root, parent]: [string, string],
): TreePrinter {
  let started = false;
  let waiting: TreeNode | undefined;
  const flush = (isLast: boolean) => {
    if (!waiting) return;
    if (!started) print(`${printableLine(root)}\n└── ${printableLine(parent)}`);
    started = true;
    // Which node is the last one is known only at the end.
    for (const line of nodeLines(waiting, '    ', isLast)) print(line);
  };
  return {
    add(node) {
      flush(false);
      waiting = node;
    },
    end: () => flush(true),
  };
}

/** Formats nodes below a line. */
export function treeLines(nodes: readonly TreeNode[], indent = ''): string[] {
  return nodes.flatMap((node, at) => nodeLines(node, indent, at === nodes.length - 1));
}

function nodeLines({ text, children = [] }: TreeNode, indent: string, isLast: boolean): string[] {
  return [
    `${indent}${isLast ? '└──' : '├──'} ${printableLine(text)}`,
    ...treeLines(children, `${indent}${isLast ? '    ' : '│   '}`),
  ];
}
