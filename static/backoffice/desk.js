// Unfold opens menus and filters from elements that only a mouse can press. Give them a place in the
// tab order and the keys of a button (WCAG 2.1.1), keep the names of its icons ("spa", "dock_to_right")
// out of the names of links and buttons, and take the focus to what asks for it.
(() => {
  const mouseOnly = "[x-on\\:click]:not(a[href], button, input, select, summary, label, [tabindex])";

  const reach = (root) => {
    for (const one of root.querySelectorAll(mouseOnly)) {
      one.tabIndex = 0;
      one.setAttribute("role", "button");
    }
    for (const icon of root.querySelectorAll(".material-symbols-outlined")) {
      const pressed = icon.closest("a, button, [role=button]") ?? icon.parentElement;
      const named = pressed.title || pressed.ariaLabel;
      const beside = pressed.textContent.trim() !== icon.textContent.trim();
      if (named || beside) icon.ariaHidden = "true";
    }
    // SimpleBar, which starts after this, calls every area that scrolls the same.
    const menu = root.querySelector("#nav-sidebar [data-simplebar]");
    const name = root.querySelector(".desk-menu-wide")?.ariaLabel;
    if (menu && name) menu.setAttribute("data-simplebar-aria-label", name);
    const wanted = root.querySelector("[data-focus]");
    if (wanted) wanted.focus();
  };

  document.addEventListener("keydown", (event) => {
    const one = event.target;
    if (!(one instanceof HTMLElement) || !one.matches("[role=button][x-on\\:click]")) return;
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    one.click();
  });
  document.addEventListener("DOMContentLoaded", () => reach(document));
  document.addEventListener("htmx:afterSwap", (event) => reach(event.target));
})();

// What every page of the panel does alike: say something in its one polite region, for ten seconds (ux 2.0.5), and
// keep no pages in the browser's storage, where the next person at a shared tablet would read them.
(() => {
  let emptied = 0;
  const say = (text) => {
    const status = document.getElementById("status");
    if (!status || !text) return;
    status.textContent = "";
    setTimeout(() => (status.textContent = text.trim()), 50);
    clearTimeout(emptied);
    emptied = setTimeout(() => (status.textContent = ""), 10000);
  };
  window.desk = { say };
  if (window.htmx) Object.assign(window.htmx.config, { historyCacheSize: 0, refreshOnHistoryMiss: true, allowEval: false });
})();
