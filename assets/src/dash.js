// Dash's side of the browser: properties of its components, and the namespaces in which it looks our functions up.

/**
 * Later than any script: the renderer makes it.
 *
 * @param {string | DashId} id
 * @param {Record<string, unknown>} props
 */
export const setProps = (id, props) => window.dash_clientside.set_props(id, props);

/**
 * Asks for a region of a page once more (portal.ui.states).
 *
 * @param {string} region
 * @param {number} [value] below zero: anew, whatever the portal keeps
 */
export const askAgain = (region, value = Date.now()) => setProps({ part: "again", region }, { data: value });

/**
 * `ClientsideFunction(namespace, name)` of a callback in Python.
 *
 * @param {string} namespace
 * @param {Record<string, Function>} functions
 */
export function callbacks(namespace, functions) {
  window.dash_clientside ??= /** @type {DashClientside} */ ({});
  window.dash_clientside[namespace] ??= {};
  Object.assign(window.dash_clientside[namespace], functions);
}

export const context = () => window.dash_clientside.callback_context;
export const noUpdate = () => window.dash_clientside.no_update;

/**
 * `{"function": "name(params)"}` of a grid's options in Python.
 *
 * @param {Record<string, Function>} functions
 */
export function gridFunctions(functions) {
  window.dashAgGridFunctions ??= {};
  Object.assign(window.dashAgGridFunctions, functions);
}

/**
 * A grid's cell renderers.
 *
 * @param {Record<string, Function>} components
 */
export function gridComponents(components) {
  window.dashAgGridComponentFunctions ??= {};
  Object.assign(window.dashAgGridComponentFunctions, components);
}
