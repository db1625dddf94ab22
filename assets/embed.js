// Embedded in another page (`?embed=true`): tells the host how high it is and where it is, and stays embedded.
(function () {
  "use strict";
  const root = document.documentElement;
  if (root.dataset.embed !== "true") return;

  // A link inside leads to a page of its own address: what makes it embedded goes along, also over a reload.
  const first = new URLSearchParams(location.search);
  function carried(url) {
    if (url === undefined || url === null) return url;
    const to = new URL(url, location.href);
    if (to.origin !== location.origin) return url;
    for (const name of ["embed", "theme"]) {
      if (first.has(name) && !to.searchParams.has(name)) to.searchParams.set(name, first.get(name));
    }
    return to.href;
  }
  for (const name of ["pushState", "replaceState"]) {
    const own = history[name].bind(history);
    history[name] = (state, unused, url) => {
      own(state, unused, carried(url));
      tell();
    };
  }

  if (window.parent === window) return;

  // To any origin: a height and an address are no secret to the host, and only a host that the policy's frame-ancestors
  // names can hold this frame at all.
  let told = "";
  function tell() {
    const main = document.querySelector("main");
    if (!main) return;
    // The content's own height: the document is never lower than its frame, so it would not shrink again.
    const height = Math.ceil(main.getBoundingClientRect().bottom + window.scrollY);
    const address = new URL(location.href);
    for (const name of ["embed", "theme"]) address.searchParams.delete(name);
    const message = { type: "portal", height, path: address.pathname + address.search + address.hash, title: document.title };
    const text = JSON.stringify(message);
    if (text === told) return;
    told = text;
    window.parent.postMessage(message, "*");
  }

  let due = 0;
  function soon() {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(tell);
  }
  const sizes = new ResizeObserver(soon);
  let watched = null;
  function watch() {
    const main = document.querySelector("main");
    if (main === watched) return;
    sizes.disconnect();
    watched = main;
    if (main) sizes.observe(main);
    soon();
  }
  // The first picture's main gives way to the real one; the title comes after the page.
  new MutationObserver(watch).observe(document.body, { childList: true, subtree: true });
  new MutationObserver(soon).observe(document.head, { childList: true, subtree: true, characterData: true });
  watch();
})();
