// What a live change must never undo under the reader's hands: what was typed, what was opened, what was chosen.
import { Idiomorph } from "idiomorph/htmx";

type Field = HTMLInputElement | HTMLTextAreaElement;

function isTypedIn(node: Node): boolean {
  if (!(node instanceof HTMLTextAreaElement || node instanceof HTMLInputElement)) return false;
  const field: Field = node;
  if (field.type === "hidden") return false;
  if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio")) return false;
  return field.value !== field.defaultValue && field.value.trim() !== "";
}

const sent = new WeakSet<Element>();
// What this form sent is done with: the answer may empty it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, xhr } = (event as CustomEvent<{ requestConfig: { elt: Element; verb: string }; xhr: XMLHttpRequest }>).detail;
  if (requestConfig.verb === "get" || xhr.status >= 300) return;
  for (const field of requestConfig.elt.querySelectorAll("textarea, input")) sent.add(field);
});
document.addEventListener("input", (event) => sent.delete(event.target as Element));

Idiomorph.defaults.callbacks.beforeNodeMorphed = (old: Node): boolean => {
  if (!(old instanceof Element)) return true;
  if (old.matches("[data-keep]")) return false;
  return sent.has(old) || !isTypedIn(old);
};
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (attribute: string, node: Element): boolean =>
  attribute !== "data-unfolded" && !(attribute === "open" && node instanceof HTMLDetailsElement && !node.matches("[data-float]"));
