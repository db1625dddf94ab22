// In development (portal.develop) the page says which process has drawn it; when another answers, it is loaded again. What
// the address and the browser's stores hold stays.
import { setProps } from "../dash.js";

const LOOK = 400; // ms
const STATE = "page-state"; // portal.ui.states.PAGE_STATE

const meta = document.querySelector('meta[name="portal-boot"]');
if (meta instanceof HTMLMetaElement) {
  const boot = meta.content;
  const address = new URL("dev/boot", new URL(meta.dataset.root ?? "/", location.href));
  const look = async () => {
    if (document.visibilityState === "visible") {
      const answer = await fetch(address, { cache: "no-store" }).catch(() => null);
      const now = answer?.ok ? await answer.text() : boot;
      if (now !== boot) {
        location.reload();
        return;
      }
    }
    setTimeout(look, LOOK);
  };
  setTimeout(look, LOOK);
  tell();
}

/** Dash says in the console alone that a callback names a part which is not on the page, and does not call it. */
function tell() {
  const say = console.error;
  console.error = (/** @type {any[]} */ ...given) => {
    say(...given);
    const [told] = String(given[0]?.message ?? given[0]).split(" The string ids in");
    if (!told?.includes("nonexistent object was used")) return;
    const props = { children: told, className: "alert alert-danger", role: "alert" };
    setProps(STATE, { children: { namespace: "dash_html_components", type: "P", props } });
  };
}
