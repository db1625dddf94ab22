// `window.portal`: what a team's own scripts in `assets/` may use (docs/adding-a-page.md). Everything else is inside.
import { element } from "./dom.js";
import { tell } from "./events.js";
import { post } from "./http.js";
import { go } from "./navigate.js";
import { add } from "./parts/drawings.js";
import { resultOf } from "./results/result.js";
import { below } from "./warehouse/completion.js";
import { drafts } from "./warehouse/drafts.js";
import { editor } from "./warehouse/editor.js";

Object.assign(window.portal, {
  element,
  post,
  go,
  drawing: add,
  editor: {
    text: () => editor()?.text() ?? "",
    /** @param {string} sql another text for the draft that shows */
    write(sql) {
      drafts.change({ sql });
      tell("portal:draft");
    },
  },
  result: resultOf,
  names: below,
});
