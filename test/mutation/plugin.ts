import { InProcessRunner } from './runner.ts';
import { Sample } from './sample.ts';

/** The part of Babel's paths that is looked at. */
interface Path {
  readonly node: {
    readonly type: string;
    readonly value?: unknown;
    readonly quasis?: readonly { value: { raw: string } }[];
  };
  readonly parent: { readonly type: string; readonly callee?: { readonly name?: string } } | null;
}

export const strykerPlugins = [
  { kind: 'TestRunner', name: 'in-process', injectableClass: InProcessRunner },
  { kind: 'Checker', name: 'sample', injectableClass: Sample },
  { kind: 'Ignore', name: 'sentences', value: { shouldIgnore: whyIgnored } },
];

/** What people are told is no behaviour: tests hold the codes of errors, and the fields that they name. */
function whyIgnored({ node, parent }: Path): string | undefined {
  const text = node.type === 'TemplateLiteral' ? node.quasis?.map(({ value }) => value.raw).join('') : node.value;
  const isText = node.type === 'TemplateLiteral' || node.type === 'StringLiteral';
  const isSentence = isText && String(text).includes(' ') && parent?.type === 'NewExpression';
  return isSentence && parent.callee?.name?.endsWith('Error') ? 'a sentence for people' : undefined;
}
