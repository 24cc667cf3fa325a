// @ts-check
// A picture of a block. Only our own origin is loaded; a foreign picture is named, with a link, and not fetched.
import { html } from "./html.js";

function local(url) {
  if (/^data:image\//i.test(url)) return true;
  try {
    return new URL(url, location.href).origin === location.origin;
  } catch {
    return false;
  }
}

/** @param {{image: {image_url?: string, slack_file?: {url?: string, id?: string}, alt_text?: string}, small?: boolean}} props */
export function Picture({ image, small = false }) {
  const url = String(image.image_url ?? image.slack_file?.url ?? "");
  const look = small ? "picture small" : "picture";
  if (url && local(url)) return html`<img class=${look} src=${url} alt=${image.alt_text ?? ""} />`;
  const name = image.alt_text || "picture";
  if (small) return html`<span class="picture small missing" role="img" aria-label=${name} title=${name}>🖼️</span>`;
  return html`<span class="picture missing">🖼️ ${/^https?:/i.test(url)
    ? html`<a href=${url} target="_blank" rel="noopener noreferrer">${name}</a>`
    : name}</span>`;
}
