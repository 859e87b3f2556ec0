/* The few things that HTML cannot do alone. Every page works without this file; it only adds comfort.
   Hooks are data-* attributes, so templates need no scripts of their own (strict CSP). */
(() => {
  "use strict";
  const root = document.documentElement;
  const status = document.getElementById("status");
  const on = (type, listener, target = document, capture = false) => target.addEventListener(type, listener, capture);
  const all = (box, selector) => [...(box.matches?.(selector) ? [box] : []), ...box.querySelectorAll(selector)];
  let pressed = null;

  // 1 Theme: without a stored choice the page follows the system, also when that changes.
  if (!("chosen" in root.dataset)) {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    on("change", () => (dark.matches ? (root.dataset.bsTheme = "dark") : delete root.dataset.bsTheme), dark);
  }

  // 2 Saying things: one polite region, emptied after ten seconds so that it is never stale.
  let fading;
  const say = (text) => {
    if (!status || !text) return;
    clearTimeout(fading);
    status.textContent = "";
    setTimeout(() => (status.textContent = text), 50);
    fading = setTimeout(() => (status.textContent = ""), 10000);
  };

  // 3 Dialogs: focus returns to the opener; one that came from the server goes when it is closed.
  const open = (dialog) => {
    const opener = pressed;
    dialog.addEventListener("close", () => {
      if (opener?.isConnected) opener.focus();
      if ("open" in dialog.dataset) dialog.remove();
    }, { once: true });
    dialog.showModal();
  };

  // 4 Whatever has just arrived, by page load or by a swap: dialogs, focus, words, the hold message.
  const focus = (element) => {
    if (element.tabIndex < 0) element.tabIndex = -1;
    element.focus();
  };
  const arrive = (box) => {
    all(box, "dialog[data-open]:not([open])").forEach(open);
    all(box, "[data-focus]").slice(0, 1).forEach(focus);
    all(box, "[data-say]").forEach((element) => say(element.dataset.say));
    all(box, "[data-copy-now]").forEach(copy);
    all(box, "[data-hold]").forEach((element) => {
      // Shown two minutes before the held time runs out, at a clock time and not as a countdown.
      const left = new Date(element.dataset.hold) - Date.now() - 120000;
      setTimeout(() => {
        if (!element.isConnected) return;
        element.hidden = false;
        say(element.textContent.trim().replace(/\s+/g, " "));
      }, Math.max(left, 0));
    });
  };

  // 5 Copying a code; where the browser forbids it the code is selected instead.
  const copy = async (button) => {
    const code = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(code.textContent.trim());
      const label = button.innerHTML;
      button.textContent = button.dataset.copied;
      setTimeout(() => (button.innerHTML = label), 3000);
      say(button.dataset.copied);
    } catch {
      getSelection().selectAllChildren(code);
      say(button.dataset.blocked);
    }
  };

  on("click", (event) => {
    pressed = event.target.closest("a, button, summary, [role=button]");
    const [blocked, opener, closer, copier] = ["[aria-disabled=true]", "[data-dialog]", "[data-close]", "[data-copy]"]
      .map((selector) => event.target.closest(selector));
    if (blocked) {
      event.preventDefault();
      event.stopImmediatePropagation();
      say(document.getElementById(blocked.getAttribute("aria-describedby"))?.textContent.trim());
    } else if (opener) open(document.querySelector(opener.dataset.dialog));
    else if (closer) closer.closest("dialog").close();
    else if (copier) copy(copier);
  }, document, true);

  // 6 Double sends and leaving with changes. The server ignores repeats too.
  const release = (form) => {
    delete form.dataset.busy;
    form.querySelectorAll("[data-label]").forEach((button) => {
      button.innerHTML = button.dataset.label;
      delete button.dataset.label;
      button.removeAttribute("aria-busy");
    });
  };
  on("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if ("busy" in form.dataset) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    delete form.dataset.changed;
    if (!("once" in form.dataset)) return;
    form.dataset.busy = "";
    if (!button) return;
    button.dataset.label = button.innerHTML;
    button.setAttribute("aria-busy", "true");
    if (form.dataset.once) button.textContent = form.dataset.once;
  }, document, true);
  on("input", (event) => {
    const form = event.target.closest("form[data-leave]");
    if (form) form.dataset.changed = "";
  });
  on("beforeunload", (event) => document.querySelector("form[data-changed]") && event.preventDefault(), window);
  on("pageshow", (event) => event.persisted && document.querySelectorAll("form[data-busy]").forEach(release), window);

  // 7 htmx: what came, what waits and what failed.
  const failed = ({ detail: { elt, target, requestConfig } }) => {
    const reading = requestConfig.verb === "get";
    const box = document.getElementById(reading ? "failed-get" : "failed-post").content.firstElementChild.cloneNode(true);
    target.querySelector(":scope > [data-failed]")?.remove();
    target.prepend(box);
    box.querySelector("[data-again]")?.addEventListener("click", () => {
      box.remove();
      window.htmx.ajax("GET", requestConfig.path, { source: elt, target });
    });
  };
  on("htmx:load", ({ detail }) => detail.elt !== document.body && arrive(detail.elt));
  on("htmx:beforeRequest", ({ detail }) => detail.target.setAttribute("aria-busy", "true"));
  on("htmx:afterRequest", ({ detail }) => {
    detail.target.removeAttribute("aria-busy");
    all(detail.elt, "form[data-busy]").forEach(release);
  });
  ["htmx:sendError", "htmx:responseError", "htmx:timeout"].forEach((type) => on(type, failed));
  arrive(document.body);
})();
