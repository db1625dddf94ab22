// Where what is sealed goes once the browser's storage is full: other content of this origin may have filled it. A database of
// the browser has room for far more; where there is none, nothing is kept, and the page says so.

const NAME = "portal-sealed";
const TABLE = "records"; // by the name that it has in the storage

/** @returns {Promise<IDBDatabase>} */
const opened = () =>
  new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
    asked.onblocked = () => reject(new Error("blocked"));
  });

/**
 * One transaction; null where the browser has none for us.
 *
 * @template Found
 * @param {IDBTransactionMode} mode
 * @param {(table: IDBObjectStore) => IDBRequest<Found>} act
 * @returns {Promise<Found | null>}
 */
async function within(mode, act) {
  /** @type {IDBDatabase | null} */
  let database = null;
  try {
    const found = await opened();
    database = found;
    return await new Promise((resolve, reject) => {
      const step = found.transaction(TABLE, mode);
      const asked = act(step.objectStore(TABLE));
      step.oncomplete = () => resolve(asked.result);
      step.onerror = step.onabort = () => reject(step.error);
    });
  } catch {
    return null;
  } finally {
    database?.close();
  }
}

/**
 * @param {string} name
 * @returns {Promise<string | null>}
 */
export const read = async (name) => (await within("readonly", (table) => table.get(name))) ?? null;

/**
 * @param {string} name
 * @param {string} text
 * @returns {Promise<boolean>} whether it was kept
 */
export const write = async (name, text) => (await within("readwrite", (table) => table.put(text, name))) !== null;

/** @param {string} name */
export const remove = (name) => within("readwrite", (table) => table.delete(name));

/** @returns {Promise<string[]>} the names of all that is here */
export const names = async () => ((await within("readonly", (table) => table.getAllKeys())) ?? []).map(String);
