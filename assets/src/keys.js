// Where keys lead.

/**
 * Where a key leads from a cell, as [row, cell]; undefined where it is not one of ours.
 *
 * @param {string} key
 * @param {number} row
 * @param {number} cell
 * @param {number} cells of the row
 * @returns {[number, number] | undefined}
 */
export function cellAt(key, row, cell, cells) {
  switch (key) {
    case "ArrowRight":
      return [row, cell + 1];
    case "ArrowLeft":
      return [row, cell - 1];
    case "ArrowDown":
      return [row + 1, cell];
    case "ArrowUp":
      return [row - 1, cell];
    case "Home":
      return [row, 0];
    case "End":
      return [row, cells - 1];
  }
}

/**
 * The one before or after another, around the ends.
 *
 * @template One
 * @param {One[]} all
 * @param {One} one
 * @param {number} step 1 or -1
 */
export const neighbour = (all, one, step) => all[(all.indexOf(one) + step + all.length) % all.length];
