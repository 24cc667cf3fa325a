/** Light or dark, and the site's own colour with an ink that can be read on it. */

const dark = window.matchMedia("(prefers-color-scheme: dark)");
let scheme = "auto";

dark.addEventListener("change", () => apply());

/** `theme` has scheme ("light", "dark", "auto") and color ("#rrggbb"); what is missing or wrong changes nothing. */
export function wear(theme) {
  if (["light", "dark", "auto"].includes(theme?.scheme)) scheme = theme.scheme;
  const root = document.documentElement.style;
  if (/^#[0-9a-f]{6}$/i.test(theme?.color)) {
    const ink = inkOn(theme.color);
    for (const name of ["--brand", "--mine"]) root.setProperty(name, theme.color);
    for (const name of ["--brand-ink", "--mine-ink"]) root.setProperty(name, ink);
  }
  apply();
}

function apply() {
  document.documentElement.dataset.scheme = scheme === "auto" ? (dark.matches ? "dark" : "light") : scheme;
}

/** Black or white, whichever stands out more (WCAG's relative luminance). */
function inkOn(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}
