// Dark, light, or as the system says: applied before the first paint, remembered between visits.
(() => {
  const root = document.documentElement;
  const words = { auto: "as the system says", dark: "dark", light: "light" };
  const read = () => {
    try { return localStorage.getItem("wick-theme") ?? "auto"; } catch { return "auto"; }
  };
  const apply = (theme) => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    const button = document.getElementById("theme");
    if (button) {
      button.setAttribute("aria-label", `Colours: ${words[theme]}`);
      document.getElementById("theme-word").textContent = theme;
    }
    dispatchEvent(new Event("wick-theme"));
  };
  const next = () => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    // The first press changes what is seen.
    const order = dark ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    const theme = order[(order.indexOf(read()) + 1) % order.length];
    try { localStorage.setItem("wick-theme", theme); } catch { /* private mode: for this visit only */ }
    apply(theme);
  };
  apply(read());
  const ready = () => {
    apply(read());
    document.getElementById("theme").addEventListener("click", next);
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", ready);
  else ready();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(read()));
})();
