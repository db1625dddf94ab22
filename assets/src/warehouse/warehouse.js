// The warehouse page's buttons.
import { closest } from "../dom.js";
import { start } from "./picker.js";
import { cancel, run } from "./run.js";

document.addEventListener("click", (event) => {
  const pressed = closest(event, "[data-warehouse]");
  const act = pressed?.dataset.warehouse;
  if (act === "run") run(false);
  if (act === "run-all") run(true);
  if (act === "cancel") cancel();
  if (act?.startsWith("start") && pressed) start(pressed);
});
