// How well a line of the palette fits what was typed: beginnings, initials, parts, typing errors. 0: not at all.

export const STRONG = 0.6; // from here on a line stands above the records that the server finds

/** Without case and accents, letter by letter, so that places in both texts are the same. */
export function fold(text: string): string {
  return [...text.toLowerCase()].map((letter) => (letter === "ß" ? "s" : (letter.normalize("NFD")[0] ?? letter))).join("");
}

const wordsOf = (text: string): string[] => fold(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);

/** Letters left out, added, changed or swapped between two short words. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const cost = one[i - 1] === other[j - 1] ? 0 : 1;
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + cost);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) next[j] = Math.min(next[j]!, before[j - 2]! + 1);
    }
    before = row;
    row = next;
  }
  return row[other.length]!;
}

/** Whether a word begins as the typed one does, but for a slip of the finger: one in four letters, two in eight. */
function isMistyped(typed: string, word: string): boolean {
  if (typed.length < 4 || (typed.length < 6 && typed[0] !== word[0])) return false;
  const allowed = typed.length < 8 ? 1 : 2;
  const lengths = [typed.length - 1, typed.length, typed.length + 1, word.length];
  return lengths.some((length) => Math.abs(length - typed.length) <= 2 && distance(typed, word.slice(0, length)) <= allowed);
}

export function score(query: string, label: string, also = ""): number {
  const typed = wordsOf(query);
  if (!typed.length) return query.trim() ? 0 : 1;
  const whole = typed.join(" ");
  const own = wordsOf(label);
  const all = [...own, ...wordsOf(also)];
  const flat = own.join(" ");
  const begins = (words: string[]): boolean => typed.every((part) => words.some((word) => word.startsWith(part)));
  if (flat.startsWith(whole)) return 1;
  if (begins(own)) return 0.9;
  if (whole.length > 1 && own.map((word) => word[0]).join("").startsWith(whole.replaceAll(" ", ""))) return 0.85;
  if (whole.length > 1 && begins(all)) return 0.8;
  if (whole.length > 2 && flat.includes(whole)) return 0.7;
  if (whole.length > 2 && typed.every((part) => part.length > 2 && all.some((word) => word.includes(part)))) return STRONG;
  if (typed.every((part) => all.some((word) => word.startsWith(part) || isMistyped(part, word)))) return 0.4;
  return 0;
}

/** The label with the typed words marked, as nodes. */
export function marked(label: string, query: string): Node[] {
  const folded = fold(label);
  const hits: [number, number][] = [];
  for (const part of wordsOf(query)) {
    const at = folded.search(new RegExp(`(?<![\\p{L}\\p{N}])${part}`, "u"));
    const found = at >= 0 ? at : part.length > 2 ? folded.indexOf(part) : -1;
    if (found >= 0) hits.push([found, found + part.length]);
  }
  hits.sort((one, other) => one[0] - other[0]);
  const nodes: Node[] = [];
  let done = 0;
  for (const [start, end] of hits) {
    if (start < done) continue;
    nodes.push(document.createTextNode(label.slice(done, start)));
    nodes.push(Object.assign(document.createElement("mark"), { textContent: label.slice(start, end) }));
    done = end;
  }
  nodes.push(document.createTextNode(label.slice(done)));
  return nodes;
}
