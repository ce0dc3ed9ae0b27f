import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DATABASES } from './settings.ts';

/** Where the grammars are, if they are: those of https://github.com/antlr/grammars-v4. */
export const GRAMMARS = join(DATABASES, 'node_modules/antlr4ts-sql');

export type Language = 'mssql' | 'oracle';

interface Judge {
  /** Its lexer, its parser, and what of that begins with a whole text. */
  readonly lexer: string;
  readonly parser: string;
  readonly start: 'tsql_file' | 'sql_script';
  /** What it would let pass. */
  readonly faults: readonly (readonly [RegExp, string])[];
  /** A statement as it wants to have it. */
  readonly read: (statement: string) => string;
}

const BOOLEAN = [/\b(?:true|false)\b/i, 'there are no Booleans'] as const;
const EMPTY = [/''/, 'an empty literal'] as const;
const LONG = [/"[^"]{129,}"/, 'a long name'] as const;
/** Those of https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Oracle-SQL-Reserved-Words.html that might be names. */
const RESERVED =
  /(?:\.|\bas )(?:access|audit|cluster|column|comment|connect|date|default|file|group|index|initial|level|lock|long|mode|number|offline|online|option|order|public|raw|resource|row|rows|session|share|size|start|table|to|trigger|uid|user|values|view)\b/i;

const JUDGES: Readonly<Record<Language, Judge>> = {
  mssql: {
    lexer: 'tsql/TSqlLexer',
    parser: 'tsql/TSqlParser',
    start: 'tsql_file',
    faults: [
      BOOLEAN,
      EMPTY,
      LONG,
      [/\border by (?!\S+ (?:(?:asc|desc) )?offset )(?=[^()]*\))/i, 'a subquery in order, without a page'],
      [/\bwith \((?!updlock, rowlock, holdlock\)$)/i, 'another lock'],
    ],
    read: (statement) => statement,
  },
  oracle: {
    lexer: 'plsql/PlSqlLexer',
    parser: 'plsql/PlSqlParser',
    start: 'sql_script',
    faults: [
      BOOLEAN,
      EMPTY,
      LONG,
      [/"\w*[a-z]\w*"/, 'a name in small letters'],
      [RESERVED, 'a reserved word'],
      [/\bif (?:not )?exists\b/i, 'not before version 23'],
      [/^select (?!.* from )/is, 'not before version 23'],
    ],
    // SEQ is a word of this grammar alone, which is older than version 12 and its APPLY.
    read: (statement) =>
      `${statement.replace(/(?<!")\bseq\b(?!")/g, '"SEQ"').replaceAll(' cross apply ', ' cross join ')}${statement.endsWith(';') ? '' : ';'}`,
  },
};

/** What a parser of a language finds wrong with a statement, and what it would let pass. */
export function faultsOf(language: Language, statement: string): string[] {
  const judge = JUDGES[language];
  const broken = judge.faults.filter(([fault]) => fault.test(statement)).map(([, sentence]) => sentence);
  return [...parse(judge, statement), ...broken];
}

interface Recognizer {
  readonly interpreter: { setPredictionMode(mode: unknown): void };
  buildParseTree: boolean;
  removeErrorListeners(): void;
  addErrorListener(listener: object): void;
  tsql_file(): unknown;
  sql_script(): unknown;
}

interface Runtime {
  readonly CharStreams: { fromString(text: string): object };
  readonly CommonTokenStream: new (lexer: Recognizer) => object;
}

const load = createRequire(DATABASES);

function recognizer(path: string, input: object): Recognizer {
  const found = load(`antlr4ts-sql/dist/src/grammar-output/${path}`) as Record<
    string,
    new (
      input: object,
    ) => Recognizer
  >;
  const Recognizing = found[path.replace(/.*\//, '')];
  if (!Recognizing) throw new Error(`there is no grammar ${path}`);
  return new Recognizing(input);
}

function parse({ lexer: lexerPath, parser: parserPath, start, read }: Judge, statement: string): string[] {
  const { CharStreams, CommonTokenStream } = load('antlr4ts') as Runtime;
  const { PredictionMode } = load('antlr4ts/atn/PredictionMode') as { PredictionMode: { SLL: unknown } };

  const faults: string[] = [];
  const listener = {
    syntaxError: (...[, , , column, message]: [unknown, unknown, number, number, string]) =>
      faults.push(`${column}: ${message.slice(0, 100)}`),
  };
  // These grammars know words in capitals alone.
  const lexer = recognizer(lexerPath, CharStreams.fromString(read(statement).toUpperCase()));
  const parser = recognizer(parserPath, new CommonTokenStream(lexer));
  for (const each of [lexer, parser]) {
    each.removeErrorListeners();
    each.addErrorListener(listener);
  }
  // Quick, and at worst too strict.
  parser.interpreter.setPredictionMode(PredictionMode.SLL);
  parser.buildParseTree = false;
  parser[start]();
  return faults;
}
