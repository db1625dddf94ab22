// Charts of a result: chosen here, grouped by the portal or the warehouse, drawn by plotly.js, kept in the page's link.
import { element } from "../dom.js";
import { on, tell } from "../events.js";
import { wordsOf } from "../http.js";
import { plotly } from "../parts/bundles.js";
import { count, separators } from "../text.js";
import { addToDashboard } from "./add-to-dashboard.js";
import { formFor, part } from "./bar.js";
import { chartOf } from "./chart-document.js";
import { numberOf, pivotOf } from "./chart-drawn.js";
import { fieldsOf, read, write } from "./chart-fields.js";
import * as specs from "./chart-spec.js";
import { byWhom, work } from "./work.js";

/** @typedef {import("./result.js").Result} Result */
/** @typedef {import("./chart-spec.js").Spec} Spec */
/**
 * @typedef {{
 *   kind: string, title: string, says: string, notes: string[], marks: number, figure?: any,
 *   number?: import("./chart-drawn.js").Figures, pivot?: import("./chart-drawn.js").Pivot,
 * }} Drawn of portal.charts.query
 */

const MOST = 8; // charts of a result
const HEIGHT = 380;

/** @type {Map<string, Chart[]>} that show, by their result */
const charts = new Map();

/**
 * What is chosen for the charts of a result.
 *
 * @param {string} id
 */
export const chartsOf = (id) => (charts.get(id) ?? []).map((one) => one.spec);

class Chart {
  /** Requests that came later make earlier ones void. */
  latest = 0;
  canvas = element("div", { class: "chart-canvas" });
  picture = element("div", { role: "img", class: "chart" }, this.canvas);
  other = element("div", { class: "chart-other" });
  heading = element("h3", { class: "chart-title" });
  caption = element("figcaption", { class: "chart-caption" });
  told = element("p", { class: "chart-told", role: "status" });
  place = element("figure", { class: "result-chart" }, this.heading, this.picture, this.other, this.caption);
  image = element("button", { type: "button", class: "btn btn-sm btn-outline-secondary" }, "Image");
  add = element("button", { type: "button", class: "btn btn-sm btn-outline-secondary" }, "Add to a dashboard");
  drop = element("button", { type: "button", class: "btn btn-sm btn-link" }, "Remove");
  /** @type {Drawn | null} */
  drawn = null;
  /** Of which rows it is. */
  rows = "";

  /**
   * @param {Result} result
   * @param {Spec} chosen
   */
  constructor(result, chosen) {
    this.result = result;
    const { columns } = result.first;
    this.fields = fieldsOf(columns, result.choices);
    this.write(chosen);
    for (const [name, field] of Object.entries(this.fields)) {
      field.addEventListener("change", () => {
        this.write(specs.completed(this.spec, name, columns));
        this.show();
      });
    }
    this.image.addEventListener("click", () => this.save());
    this.add.addEventListener("click", () => addToDashboard(result, this.spec, this.add, this.told));
    const buttons = [this.image, this.add, this.drop];
    const form = element("div", { class: "filter-form" }, ...Object.values(this.fields), ...buttons);
    this.block = element("div", { class: "chart-block" }, form, this.told, this.place);
  }
  /** @param {Spec} chosen */
  write(chosen) {
    write(this.fields, chosen);
  }
  get spec() {
    return read(this.fields, this.result.first.columns);
  }
  async show() {
    this.latest += 1;
    const mine = this.latest;
    const wanted = this.spec;
    this.rows = this.result.rowsKey;
    for (const [name, hidden] of Object.entries(specs.absent(wanted, this.result.first.columns))) {
      this.fields[name].hidden = hidden;
    }
    tell("portal:chart", { id: this.result.id });
    this.place.classList.add("is-busy");
    try {
      await this.draw(wanted, () => mine === this.latest);
    } catch (error) {
      if (mine === this.latest) {
        this.result.say("");
        this.caption.textContent = wordsOf(error);
        this.other.replaceChildren();
        window.Plotly?.purge(this.canvas);
      }
    }
    if (mine === this.latest) this.place.classList.remove("is-busy");
  }
  /**
   * @param {Spec} wanted
   * @param {() => boolean} isLatest
   */
  async draw(wanted, isLatest) {
    const { result } = this;
    const body = { chart: chartOf(wanted, result.first.columns), separators, ...result.asked };
    const [found, rows] = await Promise.all([
      work(result, "chart", body, (text, cancel) => result.say(text, cancel)),
      result.rowsShown(),
    ]);
    if (!isLatest()) return;
    result.say("");
    /** @type {Drawn} */
    const drawn = found.drawn;
    this.drawn = drawn;
    this.heading.textContent = drawn.title;
    const marks = drawn.figure ? `${count(drawn.marks)} marks over ` : "over ";
    const caption = `${drawn.says}: ${marks}${rows}, ${byWhom(found.here)}. ${drawn.notes.join(" ")}`;
    await this.fill(drawn, caption);
    this.caption.textContent = drawn.marks ? caption : "There is nothing to draw: the columns hold no values.";
  }
  /**
   * @param {Drawn} drawn
   * @param {string} caption
   */
  async fill(drawn, caption) {
    this.picture.hidden = this.image.hidden = !drawn.figure;
    const name = drawn.title || drawn.says;
    if (!drawn.figure) {
      window.Plotly?.purge(this.canvas);
      this.other.replaceChildren(
        drawn.number ? numberOf(drawn.number) : pivotOf(/** @type {any} */ (drawn.pivot), name),
      );
      return;
    }
    this.other.replaceChildren();
    const { data, layout } = drawn.figure;
    const lib = await plotly();
    await lib.react(this.canvas, data, { ...layout, height: HEIGHT }, { displayModeBar: false, responsive: true });
    this.picture.setAttribute("aria-label", `Chart: ${drawn.title ? `${drawn.title}. ` : ""}${caption}`);
  }
  /** The chart as a picture, which stands by itself: with its title, on the page's ground, under a name of its own. */
  async save() {
    if (!this.drawn?.figure) return;
    const lib = await plotly();
    const { says, title } = this.drawn;
    const name = title || says;
    const { layout } = /** @type {any} */ (this.canvas);
    const ground = getComputedStyle(document.documentElement).getPropertyValue("--p-surface").trim();
    const plain = (/** @type {string} */ text) =>
      text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    const { height: _, ...rest } = layout;
    const picture = {
      data: this.drawn.figure.data,
      layout: {
        ...rest,
        title: { text: plain(name), x: 0.02, xanchor: "left", y: 0.97, yanchor: "top", yref: "container" },
        paper_bgcolor: ground,
        plot_bgcolor: ground,
        margin: { l: 24, r: 24, t: 88, b: 40 },
      },
      config: {},
    };
    const filename =
      name
        .replace(/[^\p{L}\p{N}]+/gu, "-")
        .replace(/^-|-$/g, "")
        .slice(0, 80) || "chart";
    await lib.downloadImage(picture, { format: "png", width: 1400, height: 700, filename });
  }
}

/**
 * @param {Result} result
 * @param {Spec[] | null} wanted
 */
export function showChart(result, wanted = null) {
  const { id } = result;
  const form = formFor(id, "chart", wanted !== null);
  if (!form) {
    charts.delete(id);
    tell("portal:chart", { id });
    return;
  }
  const { columns } = result.first;
  const known = (wanted ?? []).filter(({ x }) => columns[x ?? 0]);
  const begun = known.length ? known : [specs.first(columns)];
  let shown = begun.map((spec) => new Chart(result, spec));
  charts.set(id, shown);
  const add = element("button", { type: "button", class: "btn btn-sm btn-outline-secondary" }, "Add a chart");
  const list = element("div", { class: "chart-list" });
  const drawAll = () => {
    for (const one of shown) {
      one.drop.hidden = shown.length < 2;
      one.drop.onclick = () => {
        shown = shown.filter((other) => other !== one);
        charts.set(id, shown);
        drawAll();
        tell("portal:chart", { id });
      };
    }
    add.hidden = shown.length >= MOST;
    list.replaceChildren(...shown.map((one) => one.block));
  };
  add.addEventListener("click", () => {
    const next = new Chart(result, specs.first(columns));
    shown.push(next);
    drawAll();
    next.show();
    next.fields.kind.focus();
  });
  drawAll();
  form.replaceChildren(list, add);
  for (const one of shown) one.show();
}

// A chart is of the rows that show: other rows, another chart.
on("portal:result-view", ({ id }) => {
  const form = part(id, "form");
  if (!form || form.hidden || form.dataset.shows !== "chart") return;
  for (const one of charts.get(id) ?? []) if (one.rows !== one.result.rowsKey) one.show();
});
