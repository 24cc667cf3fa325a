/** What may be kept in this browser. In a frame of another site storage can be missing or throw: then memory has to do. */

const memory = new Map();

function area(name) {
  try {
    return window[name];
  } catch {
    return null;
  }
}

function slot(name, key) {
  return {
    /** Return the value kept, or null. */
    get() {
      try {
        return JSON.parse(area(name).getItem(key)) ?? memory.get(key) ?? null;
      } catch {
        return memory.get(key) ?? null;
      }
    },
    set(value) {
      memory.set(key, value);
      try {
        area(name).setItem(key, JSON.stringify(value));
      } catch {
        // Full or forbidden: memory has it.
      }
    },
  };
}

/** The session of this tab. */
export const session = slot("sessionStorage", "threadpilot.session");
/** Messages the server has not acknowledged, oldest first. */
export const unacked = slot("sessionStorage", "threadpilot.unacked");
/** The seq of the last event somebody has seen. */
export const read = slot("localStorage", "threadpilot.read");
/** The visitor's token, only when no loader keeps it. */
export const visitor = slot("localStorage", "threadpilot.visitor");
/** Whether the visitor wants to hear new messages. */
export const sound = slot("localStorage", "threadpilot.sound");

/** Forget everything about the visitor; what they like to hear stays. */
export function forgetAll() {
  for (const one of [session, unacked, read, visitor]) one.set(null);
}
