/**
 * The line to the loader on the site around us. Both ends check who speaks and name exactly whom they mean: the token
 * must not reach whatever page the frame or the site has been led to meanwhile.
 */

const parameters = new URLSearchParams(location.search);
const host = parameters.get("origin");
const framed = window.parent !== window && host !== null;

function tell(message) {
  if (framed) window.parent.postMessage(message, host);
}

export const bridge = {
  framed,
  keepVisitor: (token) => tell({ type: "threadpilot:visitor", token }),
  unread: (count) => tell({ type: "threadpilot:unread", count }),
  close: () => tell({ type: "threadpilot:close" }),

  /** Call `init({visitor, shown})` once, and `show(shown)` whenever the widget is opened or closed. */
  listen({ init, show }) {
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent || event.origin !== host) return;
      const { type, visitor, shown } = event.data || {};
      if (type === "threadpilot:init") init({ visitor: typeof visitor === "string" ? visitor : null, shown: shown === true });
      else if (type === "threadpilot:shown") show(shown === true);
    });
    tell({ type: "threadpilot:ready" });
  },
};
