/*
 * The loader a site includes:  <script async src="https://HOST/chat/widget.js" data-key="..."></script>
 *
 * It puts a button and a frame of our origin into a shadow root, so that neither the site's style nor its policy reaches
 * the chat. It also keeps the visitor's token, because a frame from another site may not be able to store
 * anything. Including it twice does nothing, and a site that swaps its <body> (Turbo, Astro) keeps the chat.
 *
 * Settings: data-jwt, data-locale, data-theme (light, dark, auto), data-color (#rrggbb). Calls made before it is here
 * wait in a list:  (window.threadpilotChat ||= []).push(["identify", jwt])
 */
(() => {
  "use strict";
  const before = window.threadpilotChat;
  if (before && !Array.isArray(before)) return;

  const script = document.currentScript;
  const given = script ? script.dataset : {};
  const ORIGIN = new URL(script ? script.src : location.href, location.href).origin;
  const KEY = given.key || "";
  const TOKEN = "threadpilot.visitor";
  const LABELS = {
    en: ["Chat with us", "Open chat", "Close chat", (n) => `${n} unread ${n === 1 ? "message" : "messages"}`],
    de: ["Chatten Sie mit uns", "Chat öffnen", "Chat schließen", (n) => `${n} ungelesen`],
    es: ["Chatee con nosotros", "Abrir el chat", "Cerrar el chat", (n) => `${n} sin leer`],
    fr: ["Discutez avec nous", "Ouvrir la discussion", "Fermer la discussion", (n) => `${n} non lus`],
    ar: ["تحدّث معنا", "فتح المحادثة", "إغلاق المحادثة", (n) => `${n} غير مقروءة`],
  };
  const EVENTS = ["unread", "message", "open", "close", "identity"];

  const STYLE = `
    :host { all: initial; }
    button, iframe { position: fixed; z-index: 2147483000; border: 0; }
    button {
      inset-inline-end: max(20px, env(safe-area-inset-right)); bottom: max(20px, env(safe-area-inset-bottom));
      width: 56px; height: 56px; padding: 0; border-radius: 50%; cursor: pointer;
      color: var(--threadpilot-ink, #fff); background: var(--threadpilot-brand, #0b5c6b); box-shadow: 0 4px 16px rgb(0 0 0 / 30%);
    }
    button:hover { filter: brightness(.9); }
    button:focus-visible { outline: 3px solid #f4b942; outline-offset: 3px; }
    svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round; }
    .badge {
      position: absolute; top: -4px; inset-inline-end: -4px; min-width: 14px; padding: 3px 4px; border-radius: 11px;
      font: 600 12px/14px system-ui, sans-serif; color: #fff; background: #b3261e;
    }
    .badge:empty { display: none; }
    iframe {
      inset-inline-end: 20px; bottom: 88px; width: min(384px, calc(100vw - 40px)); height: min(620px, calc(100dvh - 112px));
      border-radius: 14px; color-scheme: light dark; box-shadow: 0 12px 40px rgb(0 0 0 / 30%);
    }
    iframe[hidden] { display: none; }
    @media (max-width: 480px) {
      iframe { inset: 0; width: 100vw; height: 100dvh; border-radius: 0; }
      .open button { display: none; }
    }
    @media (prefers-reduced-motion: no-preference) {
      button { transition: filter .15s, transform .15s; }
      button:active { transform: scale(.94); }
    }`;

  const memory = { visitor: null };
  const listeners = Object.fromEntries(EVENTS.map((name) => [name, new Set()]));
  let host, root, button, badge, frame;
  let ready = false;
  let shown = false;
  let unread = 0;
  let identity = given.jwt ? { jwt: given.jwt } : null;
  let locale = given.locale || "";
  let theme = { scheme: given.theme || "auto", color: given.color || "" };

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
      if (token) localStorage.setItem(TOKEN, token);
      else localStorage.removeItem(TOKEN);
    } catch {
      // Private windows may refuse; then the visitor lasts as long as the page.
    }
  }

  function build() {
    if (host) return;
    host = document.createElement("div");
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
    wear();
    label();
    stay();
    new MutationObserver(stay).observe(document.documentElement, { childList: true, subtree: true });
    if (storedVisitor()) addFrame(); // Somebody we know: answers that came meanwhile show on the badge.
  }

  /** Be on the page, also after it was swapped for another one; a frame that was moved loads anew. */
  function stay() {
    if (host.isConnected || !document.body) return;
    ready = false;
    document.body.append(host);
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
    frame.title = labels()[0];
    frame.hidden = true;
    const address = new URL("/chat/frame", ORIGIN);
    address.searchParams.set("origin", location.origin);
    if (KEY) address.searchParams.set("key", KEY);
    frame.src = address.href;
    root.append(frame);
  }

  function language() {
    const wanted = [locale, ...(navigator.languages || [])].filter(Boolean);
    return wanted.map((one) => String(one).toLowerCase().split("-")[0]).find((one) => one in LABELS) || "en";
  }

  const labels = () => LABELS[language()];

  function label() {
    const [title, toOpen, toClose, news] = labels();
    badge.textContent = unread ? String(Math.min(unread, 99)) : "";
    button.setAttribute("aria-label", shown ? toClose : `${toOpen}${unread ? `, ${news(unread)}` : ""}`);
    button.setAttribute("aria-expanded", String(shown));
    root.dir = language() === "ar" ? "rtl" : "ltr";
    if (frame) frame.title = title;
  }

  function wear() {
    if (!/^#[0-9a-f]{6}$/i.test(theme.color)) return;
    root.style.setProperty("--threadpilot-brand", theme.color);
    root.style.setProperty("--threadpilot-ink", inkOn(theme.color));
  }

  /** Black or white, whichever stands out more (WCAG's relative luminance). */
  function inkOn(color) {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const part = parseInt(color.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
  }

  function count(number) {
    if (number === unread) return;
    unread = number;
    label();
    emit("unread", unread);
  }

  function show(open) {
    build();
    if (open === shown) return;
    if (open && !frame) addFrame();
    shown = open;
    root.classList.toggle("open", open);
    frame.hidden = !open;
    count(0);
    label();
    tell({ type: "threadpilot:shown", shown });
    if (open) frame.focus();
    else button.focus();
    emit(open ? "open" : "close");
  }

  function tell(message) {
    if (ready) frame.contentWindow.postMessage(message, ORIGIN);
  }

  function emit(name, said) {
    for (const listener of listeners[name]) {
      try {
        listener(said);
      } catch (error) {
        setTimeout(() => {
          throw error; // The site's fault is the site's to see, and ends nothing of ours.
        });
      }
    }
  }

  function heard({ type, ...said }) {
    if (type === "threadpilot:ready") {
      ready = true;
      tell({ type: "threadpilot:init", visitor: storedVisitor(), shown, identity, locale, theme });
    } else if (type === "threadpilot:visitor" && typeof said.token === "string") keepVisitor(said.token);
    else if (type === "threadpilot:unread" && Number.isInteger(said.count)) count(shown ? 0 : said.count);
    else if (type === "threadpilot:message") emit("message", said.message);
    else if (type === "threadpilot:identity") emit("identity", said.why);
    else if (type === "threadpilot:close") show(false);
  }

  window.addEventListener("message", (event) => {
    if (frame && event.source === frame.contentWindow && event.origin === ORIGIN) heard(event.data || {});
  });

  const api = {
    open: () => show(true),
    close: () => show(false),
    toggle: () => show(!shown),
    /** Say who the visitor is: a signed JWT, or {id, email, name, hash}. */
    identify(who) {
      identity = typeof who === "string" ? { jwt: who } : who ? { user: { ...who } } : null;
      tell({ type: "threadpilot:identify", identity });
    },
    setLocale(name) {
      locale = String(name || "");
      if (host) label();
      tell({ type: "threadpilot:locale", locale });
    },
    /** Take "light", "dark" or "auto", or {scheme, color}. */
    setTheme(wanted) {
      theme = { ...theme, ...(typeof wanted === "string" ? { scheme: wanted } : wanted) };
      if (host) wear();
      tell({ type: "threadpilot:theme", theme });
    },
    /** Forget the visitor, as when they sign out. */
    reset() {
      identity = null;
      keepVisitor(null);
      if (host) count(0);
      tell({ type: "threadpilot:reset" });
    },
    on(name, listener) {
      listeners[name]?.add(listener);
      return () => api.off(name, listener);
    },
    off: (name, listener) => listeners[name]?.delete(listener),
    push: (...commands) => commands.forEach(obey),
  };

  function obey([name, ...values]) {
    if (name !== "push" && Object.hasOwn(api, name)) api[name](...values);
  }

  function begin() {
    build();
    (before || []).forEach(obey);
  }

  window.threadpilotChat = api;
  if (document.body) begin();
  else document.addEventListener("DOMContentLoaded", begin, { once: true });
})();
