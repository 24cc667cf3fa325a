/** What is written on the widget, in the visitor's language as far as we speak it. */

import english from "./texts-en.js";

const OTHERS = {
  de: () => import("./texts-de.js"),
  es: () => import("./texts-es.js"),
  fr: () => import("./texts-fr.js"),
  ar: () => import("./texts-ar.js"),
};

let texts = english;
let language = "en";

/** Speak `locale` ("de-AT"), else the browser's language, else English; call before anything is shown. */
export async function speak(locale) {
  const wanted = [locale, ...(navigator.languages || [])].filter(Boolean).map((one) => one.toLowerCase().split("-")[0]);
  language = wanted.find((one) => one === "en" || one in OTHERS) || "en";
  texts = language === "en" ? english : { ...english, ...(await OTHERS[language]()).default };
  const root = document.documentElement;
  root.lang = language;
  root.dir = language === "ar" ? "rtl" : "ltr";
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = say(element.dataset.placeholder);
}

/** Return a text with its {values} filled in. */
export function say(name, values = {}) {
  return texts[name].replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

/** Return the time of day as the visitor's language writes it. */
export function clock(at) {
  return at.toLocaleTimeString(language === "en" ? [] : language, { hour: "2-digit", minute: "2-digit" });
}
