/*
 * The loader a site includes:  <script async src="https://HOST/chat/widget.js" data-key="..."></script>
 *
 * It puts a button and a frame of our origin into a shadow root, so that neither the site's style nor its policy reaches
 * the chat. It also keeps the visitor's token, because a frame from another site may not be able to store
 * anything. Including it twice does nothing.
 */
(() => {
  "use strict";
  if (window.threadpilotChat) return;

  const script = document.currentScript;
  const ORIGIN = new URL(script ? script.src : location.href, location.href).origin;
  const KEY = (script && script.dataset.key) || "";
  const TOKEN = "threadpilot.visitor";

  const STYLE = `
    :host { all: initial; }
    button, iframe { position: fixed; z-index: 2147483000; border: 0; }
    button {
      right: max(20px, env(safe-area-inset-right)); bottom: max(20px, env(safe-area-inset-bottom));
      width: 56px; height: 56px; padding: 0; border-radius: 50%; cursor: pointer;
      color: #fff; background: #0b5c6b; box-shadow: 0 4px 16px rgb(0 0 0 / 30%);
    }
    button:hover { background: #084652; }
    button:focus-visible { outline: 3px solid #f4b942; outline-offset: 3px; }
    svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round; }
    .badge {
      position: absolute; top: -4px; right: -4px; min-width: 14px; padding: 3px 4px; border-radius: 11px;
      font: 600 12px/14px system-ui, sans-serif; color: #fff; background: #b3261e;
    }
    .badge:empty { display: none; }
    iframe {
      right: 20px; bottom: 88px; width: min(384px, calc(100vw - 40px)); height: min(620px, calc(100dvh - 112px));
      border-radius: 14px; color-scheme: light dark; box-shadow: 0 12px 40px rgb(0 0 0 / 30%);
    }
    iframe[hidden] { display: none; }
    @media (max-width: 480px) {
      iframe { inset: 0; width: 100vw; height: 100dvh; border-radius: 0; }
      .open button { display: none; }
    }
    @media (prefers-reduced-motion: no-preference) {
      button { transition: background-color .15s, transform .15s; }
      button:active { transform: scale(.94); }
    }`;

  const memory = { visitor: null };
  let root, button, badge, frame;
  let ready = false;
  let shown = false;

  function storedVisitor() {
    try {
      return localStorage.getItem(TOKEN) || memory.visitor;
    } catch {
      return memory.visitor;
    }
  }

  function keepVisitor(token) {
    memory.visitor = token;
    try {
      localStorage.setItem(TOKEN, token);
    } catch {
      // Private windows may refuse; then the visitor lasts as long as the page.
    }
  }

  function build() {
    const host = document.createElement("div");
    host.id = "threadpilot-chat";
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet(); // Made by script, so it needs no permission from the site's policy.
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
    root = document.createElement("div");
    button = document.createElement("button");
    button.type = "button";
    button.append(icon());
    badge = document.createElement("span");
    badge.className = "badge";
    badge.setAttribute("aria-hidden", "true");
    button.append(badge);
    button.addEventListener("click", () => show(!shown));
    root.append(button);
    root.addEventListener("keydown", (event) => event.key === "Escape" && show(false));
    shadow.append(root);
    document.body.append(host);
    label(0);
    if (storedVisitor()) addFrame(); // Somebody we know: answers that came meanwhile show on the badge.
  }

  function icon() {
    const names = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(names, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(names, "path");
    path.setAttribute("d", "M4 5h16v11H10l-4.5 4v-4H4z");
    svg.append(path);
    return svg;
  }

  function addFrame() {
    frame = document.createElement("iframe");
    frame.title = "Chat with us";
    frame.hidden = true;
    frame.setAttribute("sandbox", "allow-scripts allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox");
    const address = new URL("/chat/frame", ORIGIN);
    address.searchParams.set("origin", location.origin);
    if (KEY) address.searchParams.set("key", KEY);
    frame.src = address.href;
    root.append(frame);
  }

  function label(unread) {
    badge.textContent = unread ? String(Math.min(unread, 99)) : "";
    const news = unread ? `, ${unread} unread ${unread === 1 ? "message" : "messages"}` : "";
    button.setAttribute("aria-label", shown ? "Close chat" : `Open chat${news}`);
    button.setAttribute("aria-expanded", String(shown));
  }

  function show(open) {
    if (open === shown) return;
    if (open && !frame) addFrame();
    shown = open;
    root.classList.toggle("open", open);
    frame.hidden = !open;
    label(0);
    tell({ type: "threadpilot:shown", shown });
    if (open) frame.focus();
    else button.focus();
  }

  function tell(message) {
    if (ready) frame.contentWindow.postMessage(message, ORIGIN);
  }

  window.addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== ORIGIN) return;
    const { type, token, count } = event.data || {};
    if (type === "threadpilot:ready") {
      ready = true;
      tell({ type: "threadpilot:init", visitor: storedVisitor(), shown });
    } else if (type === "threadpilot:visitor" && typeof token === "string") {
      keepVisitor(token);
    } else if (type === "threadpilot:unread" && Number.isInteger(count) && !shown) {
      label(count);
    } else if (type === "threadpilot:close") {
      show(false);
    }
  });

  window.threadpilotChat = { open: () => show(true), close: () => show(false) };
  if (document.body) build();
  else document.addEventListener("DOMContentLoaded", build, { once: true });
})();
