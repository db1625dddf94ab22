// What this browser keeps for us. Storage may be full, or denied in an embedded page: then nothing is kept.

/** @param {string} name */
export function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {string} text
 * @returns {boolean} whether it was kept
 */
export function write(name, text) {
  try {
    localStorage.setItem(name, text);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} name */
export function remove(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // then it stays behind
  }
}

/** Names of all that is kept on this origin, by us or by others. */
export function names() {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
}

/** What one tab of the browser keeps, over a reload too. */
export const tab = {
  /** @param {string} name */
  read(name) {
    try {
      return sessionStorage.getItem(name);
    } catch {
      return null;
    }
  },
  /**
   * @param {string} name
   * @param {string | null} text null takes it away
   */
  write(name, text) {
    try {
      if (text === null) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, text);
    } catch {
      // then a reload has nothing of it
    }
  },
};
