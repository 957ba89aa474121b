/**
 * YAML 1.2 with positions and limits: the text in, a plain value out, and for every value where it is.
 *
 * @module
 */
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  visit,
} from "yaml";
import { makeProblem, type Path, type Position, type Problem } from "./problem.ts";

/** How much a document may ask for. */
export interface DocumentLimits {
  /** Length of the text in UTF-16 code units. */
  readonly characters: number;
  /** Mappings and lists within each other. */
  readonly depth: number;
  /** Values that aliases may add to the document, in all. */
  readonly aliases: number;
  /** Problems reported; further ones are counted in a last one. */
  readonly problems: number;
}

/** Far more than any file of ours needs. */
export const DEFAULT_DOCUMENT_LIMITS: DocumentLimits = {
  characters: 1_048_576,
  depth: 64,
  aliases: 100,
  problems: 100,
};

/**
 * Where the value at a path is; with `key` its key instead. What is not there is where its nearest
 * existing parent is.
 */
export type Positions = (path: Path, options?: { readonly key?: boolean }) => Position;

/** What `readYaml` makes of a text. */
export type YamlResult =
  | {
    readonly ok: true;
    readonly value: unknown;
    readonly positions: Positions;
    /** Duplicate keys: the value can still be checked for further problems, but not be used. */
    readonly problems: readonly Problem[];
  }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads one YAML document. An empty text is `null`. */
export function readYaml(
  text: string,
  { file, limits }: { readonly file: string; readonly limits: DocumentLimits },
): YamlResult {
  const fail = (position: Position, what: string): YamlResult => ({
    ok: false,
    problems: [makeProblem(file, position, [], { what })],
  });
  const top = { line: 1, column: 1 };
  if (text.length > limits.characters) {
    return fail(top, `file has ${text.length} characters; the limit is ${limits.characters}`);
  }
  const lines = new LineCounter();
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const tokens = tokensOf(text, lines, limits.depth);
  if (typeof tokens === "number") {
    return fail(place(tokens), `more than ${limits.depth} mappings and lists within each other`);
  }
  const composer = new Composer({
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
  });
  const documents = [...composer.compose(tokens, true, text.length)];
  const document = documents[0]!;
  const errors = documents.flatMap((one) => [...one.errors, ...one.warnings]);
  const problems = errors.map(({ message, pos }) =>
    makeProblem(file, place(pos[0]), [], { what: message.replace(/\.$/, "") })
  );
  const second = documents[1];
  if (second) {
    const what = "a second document begins here; one file holds one document";
    problems.push(makeProblem(file, place(second.range[0]), [], { what }));
  }
  if (problems.length > 0) return { ok: false, problems };
  const { dangling, repeated } = semanticsOf(document);
  for (const [what, offset] of [...dangling, ...repeated]) {
    problems.push(makeProblem(file, place(offset), [], { what }));
  }
  if (dangling.length > 0) return { ok: false, problems };
  try {
    const value: unknown = document.toJS({ maxAliasCount: limits.aliases });
    return { ok: true, value, positions: positionsIn(document, place), problems };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return fail(top, `aliases add too much: the limit is ${limits.aliases} values`);
  }
}

/**
 * The tokens, or the offset at which the text gets deeper than `depth`. Stops right there: what comes
 * after the tokenizer takes time and stack that grow with the depth.
 */
function tokensOf(text: string, lines: LineCounter, depth: number): CST.Token[] | number {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    // On the stack: the document, the mappings and lists that are open, perhaps a scalar.
    if (parser.stack.length > depth + 2) return parser.offset;
  }
  tokens.push(...parser.end());
  return tokens;
}

type Found = [what: string, offset: number];

/** Aliases without an anchor and keys that a mapping has twice; what the composer leaves to us. */
function semanticsOf(document: Document.Parsed): { dangling: Found[]; repeated: Found[] } {
  const dangling: Found[] = [];
  const repeated: Found[] = [];
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document)) return;
      const what =
        `alias *${alias.source} stands for nothing: no anchor &${alias.source} before it`;
      dangling.push([what, alias.range?.[0] ?? 0]);
    },
    // The composer would compare every key with every other, in quadratic time.
    Map(_key, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) {
          repeated.push([`key "${name}" stands here a second time`, key.range?.[0] ?? 0]);
        }
        seen.add(name);
      }
    },
  });
  return { dangling, repeated };
}

function positionsIn(
  document: Document.Parsed,
  place: (offset: number) => Position,
): Positions {
  return (path, { key = false } = {}) => {
    let node: Node | null = document.contents;
    let found = node?.range?.[0] ?? 0;
    for (const [index, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(document) ?? null;
      let next: unknown;
      if (isMap(node)) {
        // The last of duplicates is the one whose value was taken.
        const pair = node.items.findLast(({ key }) =>
          isScalar(key) && String(key.value) === String(step)
        );
        const name = pair?.key;
        if (isScalar(name)) found = name.range?.[0] ?? found;
        if (key && index === path.length - 1) break;
        next = pair?.value;
      } else if (isSeq(node)) {
        next = node.items[Number(step)];
      }
      if (!isMap(next) && !isSeq(next) && !isScalar(next) && !isAlias(next)) break;
      node = next;
      found = node.range?.[0] ?? found;
    }
    return place(found);
  };
}
