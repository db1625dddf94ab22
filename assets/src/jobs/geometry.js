// Where lines and bars of jobs and runs go, in px.

/**
 * A curve through points that leaves and reaches each of them level.
 *
 * @param {[number, number][]} points
 */
export function curve(points) {
  let d = `M${points[0][0]},${points[0][1]}`;
  for (let n = 1; n < points.length; n += 1) {
    const [x0, y0] = points[n - 1];
    const [x1, y1] = points[n];
    const bend = Math.max(24, Math.abs(x1 - x0) / 2);
    d += `C${x0 + bend},${y0} ${x1 - bend},${y1} ${x1},${y1}`;
  }
  return d;
}

/**
 * A line around corners, which are rounded.
 *
 * @param {[number, number][]} points each straight above, below or beside the one before
 */
export function around(points) {
  let d = `M${points[0][0]},${points[0][1]}`;
  for (let n = 1; n < points.length - 1; n += 1) {
    const [x, y] = points[n];
    const [before, after] = [points[n - 1], points[n + 1]].map(([x1, y1]) => {
      const share = Math.min(1 / 2, 6 / (Math.hypot(x1 - x, y1 - y) || 1));
      return `${x + (x1 - x) * share},${y + (y1 - y) * share}`;
    });
    d += `L${before}Q${x},${y} ${after}`;
  }
  const [x, y] = points[points.length - 1];
  return `${d}L${x},${y}`;
}

/**
 * The scale at which all of a drawing is in view; never larger than it is.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} wide the room
 * @param {number} high
 */
export function fitting(width, height, wide, high) {
  if (width <= 0 || height <= 0 || wide <= 0 || high <= 0) return 1;
  return Math.min(1, (wide - 4) / width, (high - 4) / height);
}

/**
 * What of a timeline's width is for names, and where a share of its time lies.
 *
 * @param {number} width
 */
export function timescale(width) {
  const label = Math.min(200, Math.max(96, width * 0.22));
  const room = Math.max(120, width - label - 84);
  return { label, room, at: (/** @type {number} */ share) => label + share * room };
}

/**
 * Which of some marks have room for their words: none is closer to the one before than so many px.
 *
 * @template Mark
 * @param {Mark[]} marks
 * @param {(mark: Mark) => number} at
 * @param {number} apart
 */
export function roomy(marks, at, apart) {
  let last = Number.NEGATIVE_INFINITY;
  return marks.filter((mark) => {
    const fits = at(mark) - last > apart;
    if (fits) last = at(mark);
    return fits;
  });
}
