// Text that a spreadsheet would run once it is pasted: it gets a quote in front, as in a CSV. The server has the same rule
// (portal/results/exports/cells.py), and both are held to tests/js/formulas.json.
const SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫";
const UNSEEN = "[\\s\\u0000-\\u0020\\u007f-\\u00a0\\p{Z}\\p{Cf}]*";
const BEGINS = new RegExp(`^(?:${UNSEEN}[${SIGNS}]|[\\t\\r\\n])`, "u");
const NUMBER = /^[+-][0-9][0-9 .,]*(?:[eE][+-]?[0-9]+)?$/u;
// Where a field could begin inside one. A minus is what lists are written with: only before a call or a link.
const GAP = UNSEEN.replace("]*", '"]*');
const INSIDE = [
  `([;\\t\\r\\n]${GAP})([=@＝＠﹦﹫])`,
  `([;\\r\\n]${GAP})([+\\-＋－﹢﹣][^;\\r\\n]*?[(|!])`,
  `(\\t${GAP})([+\\-＋－﹢﹣][^\\t\\r\\n]*?[(|!])`,
].map((pattern) => new RegExp(pattern, "gu"));

/** @param {string} text */
export function withoutFormula(text) {
  const inside = INSIDE.reduce((kept, pattern) => kept.replace(pattern, "$1'$2"), text);
  return BEGINS.test(inside) && !NUMBER.test(inside) ? `'${inside}` : inside;
}
