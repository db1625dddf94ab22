// "End session" and "Continue": what the browser still has goes with the session, in this tab and in the others.
import { closest, element } from "../dom.js";
import { path, press, Refusal } from "../http.js";
import { sealed } from "../sealed.js";
import { KEY as RUNNING } from "../shell/running.js";
import * as store from "../store.js";
import { HERE } from "../warehouse/drafts.js";
import { CHOICE_KEY } from "../warehouse/picker.js";

// When a session ended in this browser: tabs that were opened before show nothing of it any more.
const ended = () => `portal-ended:${path("")}`;

document.addEventListener("click", (event) => {
  const pressed = closest(event, "[data-end-session], [data-continue-session]");
  if (!pressed) return;
  const button = pressed.closest("button") ?? pressed.querySelector("button");
  const { endSession, continueSession = "", drafts = "[]" } = pressed.dataset;
  if (!button) return;
  if (endSession) change(button, () => end(endSession, JSON.parse(drafts)));
  else change(button, () => resume(continueSession));
});

/**
 * @param {HTMLButtonElement} button
 * @param {() => Promise<void>} act
 */
async function change(button, act) {
  button.disabled = true;
  try {
    await act();
  } catch {
    button.disabled = false;
    button.textContent = "That did not work; try again";
  }
}

/**
 * @param {string} address
 * @param {string[]} keys names of the keys of this viewer's drafts
 */
async function end(address, keys) {
  const answer = await press(address);
  const { everywhere } = await answer.json();
  store.write(ended(), String(Date.now()));
  forget(keys);
  // The address holds ids of statements, and their SQL.
  history.replaceState(history.state, "", location.pathname);
  // The page loads anew, so that nothing of before stays on it. Where other processes could not be told, one of them
  // might draw it as if nothing had happened: then this page says so itself.
  if (everywhere) location.reload();
  else say(address.replace(/end$/, "continue"));
}

/**
 * What is this viewer's here, and nothing else. How this browser shows the portal (theme, a folded tree) stays.
 *
 * @param {string[]} keys
 */
function forget(keys) {
  sealed.forget(keys);
  store.remove(CHOICE_KEY);
  store.tab.write(HERE, null);
  store.tab.write(RUNNING, null);
}

/** @param {string} address */
async function resume(address) {
  try {
    await press(address);
  } catch (error) {
    // What is missing otherwise is the page's to show.
    if (!(error instanceof Refusal) || error.kind === "offline") throw error;
  }
  location.reload();
}

/**
 * In the place of the page. What still runs below it asks for nothing more.
 *
 * @param {string} address
 */
function say(address) {
  const send = window.fetch;
  window.fetch = (asked, options) => (asked === address ? send.call(window, asked, options) : new Promise(() => {}));
  const button = element("button", { class: "btn btn-primary btn-sm", "data-continue-session": address }, "Continue");
  const text =
    "You ended this session, and the process of the portal that heard it has forgotten your credential. Other processes " +
    "could not be told: one that knows you goes on until it has been idle for 15 minutes. Close this tab, and sign out " +
    "of the platform to be sure.";
  const words = element(
    "div",
    {},
    element("h1", { class: "state-title" }, "Session ended"),
    element("p", { class: "state-message" }, text),
    element("div", { class: "state-actions" }, button),
  );
  const state = element("div", { class: "alert alert-primary state state-session-ended", role: "alert" }, words);
  document.body.replaceChildren(element("main", { class: "main", id: "main" }, state));
}

// Another tab ended it, or this page comes back out of the browser's memory after it ended.
function leave() {
  forget([]);
  document.body.replaceChildren();
  location.reload();
}
window.addEventListener("storage", (event) => event.key === ended() && event.newValue && leave());
window.addEventListener("pageshow", (event) => {
  if (event.persisted && Number(store.read(ended())) > performance.timeOrigin) leave();
});
