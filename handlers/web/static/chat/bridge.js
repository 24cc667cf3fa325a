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
  message: (message) => tell({ type: "threadpilot:message", message }),
  /** Ask the site who its visitor is; `why` says what was wrong with its last word. */
  askIdentity: (why) => tell({ type: "threadpilot:identity", why }),
  close: () => tell({ type: "threadpilot:close" }),

  /** `on` has init(settings), once, then show(yes), locale(name), theme(theme), identify(identity), reset(). */
  listen(on) {
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent || event.origin !== host) return;
      const { type, ...said } = event.data || {};
      if (type === "threadpilot:init") on.init(said);
      else if (type === "threadpilot:shown") on.show(said.shown === true);
      else if (type === "threadpilot:locale") on.locale(said.locale);
      else if (type === "threadpilot:theme") on.theme(said.theme);
      else if (type === "threadpilot:identify") on.identify(said.identity);
      else if (type === "threadpilot:reset") on.reset();
    });
    tell({ type: "threadpilot:ready" });
  },
};
