// What others put on `window`: Dash, React, the grid, plotly.js, CodeMirror; and our own one name.

interface DashId {
  [key: string]: string | number;
}

interface DashClientside {
  set_props(id: string | DashId, props: Record<string, unknown>): void;
  no_update: unknown;
  callback_context: { inputs_list: any[] };
  [namespace: string]: any;
}

interface Window {
  dash_clientside: DashClientside;
  dash_ag_grid: any;
  dashAgGridFunctions?: Record<string, Function>;
  dashAgGridComponentFunctions?: Record<string, Function>;
  React: { createElement: (...given: any[]) => unknown; lazy: (load: () => Promise<unknown>) => unknown; Suspense: unknown };
  Plotly?: any;
  _dashPlotlyJSURL: string;
  PortalCodeMirror: typeof import("./codemirror/bundle.js");
  /** `assets/head/theme.js` makes it, `door.js` fills it. */
  portal: { theme: { choice(): string; choose(value: string): void } };
}
