/**
 * Globs over case ids: `*` any text within a path segment, `**` any text, `?` one character. A glob
 * without wildcards also matches everything below it.
 *
 * @module
 */

/** Whether `id` matches. Brackets are ordinary characters: case ids have them. */
export function globMatches(glob: string, id: string): boolean {
  return compile(glob).test(id);
}

const cache = new Map<string, RegExp>();

function compile(glob: string): RegExp {
  const known = cache.get(glob);
  if (known) return known;
  const text = glob.replace(/\*\*|[*?]|[\\^$.|+()[\]{}]/g, (part) => {
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    return `\\${part}`;
  });
  const made = new RegExp(`^${text}(?:$|[/[].*$)`);
  cache.set(glob, made);
  return made;
}
