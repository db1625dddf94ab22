// Selects of many values (portal.ui.drawing): parts/address.js chooses what the address says, and follows a choice.
import { element } from "../dom.js";
import { add } from "./drawings.js";

/**
 * @typedef {{
 *   name: string, label: string, chosen: string, values: [value: string, text: string][], any?: string,
 * }} Choice `name` is the address'; `any` is the text of none
 */

/** @param {Choice[]} offered */
function choices(offered) {
  return offered.map(({ name, label, chosen, values, any = "Any" }) => {
    const id = `choice-${name}`;
    const options = values.map(([value, text]) => element("option", { value, selected: value === chosen }, text));
    const none = element("option", { value: "" }, any);
    const select = element("select", { id, class: "form-select form-select-sm", "data-key": id }, none, ...options);
    const named = element("label", { class: "form-label", for: id }, label);
    return element("div", { class: "jobs-select", "data-param": name }, named, select);
  });
}
add("choices", choices);
