// @ts-check
// What every element that holds a value does: show it, keep what is entered, and tell the app of it.
import { usePress } from "./surface.js";
import { contentOf, initialValue, makeValue, shortForm } from "./values.js";

/** The content an element shows now, and how to change it; outside an input block a change is a press. */
export function useField({ surface, block, element }) {
  const { pending, press, note } = usePress(surface, block, element);
  const value = surface.typed[block.block_id]?.[element.action_id] ?? initialValue(element);
  const acts = block.type !== "input" || block.dispatch_action === true;
  function keep(content) {
    const next = makeValue(element, content);
    surface.type(block.block_id, element.action_id, next);
    return () => press({ ...next, type: undefined, value: shortForm(element, next) });
  }
  const change = (content) => {
    const tell = keep(content);
    if (acts) tell();
  };
  return { content: contentOf(element, value), change, keep, pending, note, acts };
}

export const idOf = (block, element) => `${block.block_id}-${element.action_id}`;
