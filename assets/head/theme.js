// Sets the theme before the first paint: the viewer's choice, else the system's. Runs in the head, so it is tiny.
(() => {
  const KEY = "portal-theme";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage may be denied in an embedded page
    }
  }

  const asked = new URLSearchParams(location.search);
  const fixed = asked.get("embed") === "true" ? asked.get("theme") : null;
  if (asked.get("embed") === "true") root.dataset.embed = "true";

  function choice() {
    const value = fixed || stored();
    return value === "light" || value === "dark" ? value : "auto";
  }

  function apply() {
    const theme = choice() === "auto" ? (dark.matches ? "dark" : "light") : choice();
    root.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("portal:theme", { detail: { theme } }));
  }

  // The rest of the door is `assets/src/door.js`.
  window.portal = {
    theme: {
      choice,
      choose(value) {
        try {
          localStorage.setItem(KEY, value);
        } catch {
          // the choice then lasts as long as the page
        }
        apply();
      },
    },
  };
  dark.addEventListener("change", apply);
  window.addEventListener("storage", (event) => event.key === KEY && apply());
  apply();
})();
