/* Reports: dialogs, menus, the client search and the plus-minus button. Without this file every dialog is a page
   of its own and the client is found with a button. */
(() => {
  "use strict";
  const WIDE = matchMedia("(min-width: 600px)");
  const on = (type, listener, options) => document.addEventListener(type, listener, options);
  const { say } = window.desk;

  // 1 Dialogs. The opener is found again by its id: the report under the dialog is read anew.
  let opener = "";
  let last = "";
  const dialog = () => document.getElementById("dialog");
  const open = (href) => {
    last = href;
    htmx.ajax("GET", href, { target: "#dialog", swap: "innerHTML" });
  };
  on("click", (event) => {
    const link = event.target.closest("[data-dialog]");
    if (link && dialog() && WIDE.matches && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      link.closest("[popover]")?.hidePopover();
      if (!dialog().open) opener = link.dataset.opener || link.id;
      open(link.href);
    }
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    if (event.target.closest("[data-again]")) last ? open(last) : location.reload();
  });
  on("htmx:afterSwap", ({ detail }) => {
    if (detail.target.id !== "dialog" || detail.target.open) return;
    detail.target.showModal();
    detail.target.querySelector("[data-focus]")?.focus();
  });
  on("close", ({ target }) => {
    if (target.id !== "dialog") return;
    target.replaceChildren();
    if (opener) document.getElementById(opener)?.focus();
  }, true);

  // 2 Answers. A refusal (409, 422) comes as the form again; after a correction the report is read again.
  on("htmx:beforeSwap", ({ detail }) => {
    if (![409, 422, 429].includes(detail.xhr.status)) return;
    detail.shouldSwap = true;
    detail.isError = false;
  });
  on("points-changed", ({ detail }) => {
    dialog().close();
    const address = new URL(location.href);
    address.searchParams.delete("at");
    address.searchParams.set("new", detail.entry);
    htmx.ajax("GET", address.pathname + address.search, { target: "#report", swap: "outerHTML" });
  });
  on("htmx:afterSettle", ({ detail }) => {
    const report = document.getElementById("report");
    if (!report || detail.requestConfig?.target?.id !== "report") return;
    say(report.dataset.said);
    if (opener && document.activeElement === document.body) document.getElementById(opener)?.focus();
    fade();
  });
  const fade = () => {
    const mark = document.querySelector("[data-new]");
    if (!mark) return;
    setTimeout(() => {
      mark.closest("tr")?.classList.remove("fresh");
      mark.remove();
    }, 5000);
  };
  fade();
  const failed = ({ detail }) => {
    // The figures follow the page: without them its rows are there all the same.
    if (detail.target?.id === "figures") {
      detail.target.removeAttribute("aria-busy");
      detail.target.querySelector("[data-late]").hidden = false;
      return;
    }
    const template = document.getElementById("failed");
    const target = detail.target;
    if (!template || !["dialog", "report"].includes(target?.id)) return;
    const isPost = detail.requestConfig?.verb === "post";
    const box = template.content.cloneNode(true);
    box.querySelector("[data-unsaved]").hidden = isPost;
    box.querySelector("[data-unsure]").hidden = !isPost;
    box.querySelector("[data-again]").hidden = isPost;
    if (target.id === "report") {
      document.querySelector("#report > [role=alert]")?.remove();
      last = "";
      box.querySelector("[data-close]").remove();
      target.prepend(box);
    } else if (isPost) {
      target.prepend(box);
    } else {
      target.replaceChildren(box);
      if (!target.open) target.showModal();
    }
  };
  ["htmx:sendError", "htmx:responseError", "htmx:timeout"].forEach((type) => on(type, failed));

  // 3 One press sends once; the server refuses the second anyway.
  on("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.hasAttribute("aria-busy")) return event.preventDefault();
    const button = form.querySelector("#add-submit");
    if (form.hasAttribute("hx-post") || event.submitter?.name === "step") return;
    form.setAttribute("aria-busy", "true");
    button.setAttribute("aria-busy", "true");
    button.textContent = button.dataset.busy;
  });
  on("htmx:beforeRequest", ({ detail }) => {
    const button = detail.elt.matches?.("[data-once]") && detail.elt.querySelector("#add-submit");
    if (button) button.setAttribute("aria-busy", "true");
  });
  on("htmx:afterRequest", ({ detail }) => {
    detail.elt.querySelector?.("#add-submit")?.removeAttribute("aria-busy");
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-once][aria-busy]").forEach((form) => form.removeAttribute("aria-busy"));
  });

  // 4 Phone number pads have no minus.
  const showButtons = () => document.querySelectorAll("[data-plus-minus]").forEach((each) => (each.hidden = false));
  showButtons();
  on("htmx:afterSwap", showButtons);
  on("click", ({ target }) => {
    const button = target.closest("[data-plus-minus]");
    if (!button) return;
    const field = document.querySelector(button.dataset.plusMinus);
    const text = field.value.trim();
    field.value = /^[-\u2212\u2013]/.test(text) ? text.slice(1).trim() : "\u2212" + text.replace(/^\+/, "");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // A field that is being mended no longer looks wrong; the summary above stays until it is sent again.
  on("input", ({ target }) => {
    if (!target.matches(".add-points [aria-invalid]")) return;
    const said = document.getElementById(`${target.id}_error`);
    target.removeAttribute("aria-invalid");
    const others = (target.getAttribute("aria-describedby") || "").split(" ").filter((id) => id !== `${target.id}_error`);
    target.setAttribute("aria-describedby", others.join(" "));
    said?.remove();
  });

  // 5 The client search: a list box under a text field.
  const partsOf = (node) => {
    const box = node.closest("[data-combobox]");
    return box && { box, field: box.querySelector("[data-search]"), list: box.querySelector("[role=listbox]") };
  };
  const options = (list) => [...list.querySelectorAll("[role=option]:not([aria-disabled])")];
  const show = ({ field, list }, shown) => {
    list.hidden = !shown;
    field.setAttribute("aria-expanded", String(shown));
    if (!shown) field.removeAttribute("aria-activedescendant");
  };
  const mark = ({ field, list }, index) => {
    options(list).forEach((one, place) => one.setAttribute("aria-selected", String(place === index)));
    const active = options(list)[index];
    if (!active) return;
    field.setAttribute("aria-activedescendant", active.id);
    active.scrollIntoView({ block: "nearest" });
  };
  const choose = (parts, option) => {
    const form = parts.field.form;
    parts.box.querySelector("[data-chosen]").value = option.dataset.client;
    parts.field.value = option.dataset.name;
    show(parts, false);
    if (parts.box.dataset.combobox !== "pick") return;
    const step = Object.assign(document.createElement("input"), { type: "hidden", name: "step", value: "pick" });
    form.append(step);
    form.requestSubmit();
  };
  on("htmx:afterSwap", ({ detail }) => {
    const parts = detail.target.matches?.("[role=listbox]") && partsOf(detail.target);
    if (parts) show(parts, detail.target.childElementCount > 0 && document.activeElement === parts.field);
  });
  on("input", ({ target }) => {
    if (!target.matches("[data-search]")) return;
    const parts = partsOf(target);
    parts.box.querySelector("[data-chosen]").value = "";
    if (!target.value.trim()) show(parts, false);
  });
  on("keydown", (event) => {
    if (!event.target.matches("[data-search]")) return;
    const parts = partsOf(event.target);
    const all = options(parts.list);
    const active = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const isOpen = !parts.list.hidden && all.length > 0;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!all.length) return;
      event.preventDefault();
      show(parts, true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(parts, (active + step + all.length + (active < 0 && step < 0 ? 1 : 0)) % all.length);
    } else if (event.key === "Enter" && isOpen && active >= 0) {
      event.preventDefault();
      choose(parts, all[active]);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      show(parts, false);
    }
  }, true);
  // Not "click": the field must not lose the focus, or the list is gone before the press has ended.
  on("mousedown", (event) => {
    const option = event.target.closest("[data-combobox] [role=option]");
    if (option) event.preventDefault();
  });
  on("click", ({ target }) => {
    const option = target.closest("[data-combobox] [role=option]:not([aria-disabled])");
    if (option) choose(partsOf(option), option);
  });
  on("focusout", ({ target }) => {
    if (target.matches("[data-search]")) show(partsOf(target), false);
  });

  // 6 Menus stand below their button, or above it where there is no room.
  const place = (menu) => {
    const button = document.querySelector(`[popovertarget="${menu.id}"]`).getBoundingClientRect();
    menu.classList.add("placed");
    const { width, height } = menu.getBoundingClientRect();
    const below = button.bottom + 4;
    menu.style.top = `${below + height > innerHeight ? Math.max(8, button.top - height - 4) : below}px`;
    menu.style.left = `${Math.min(Math.max(8, button.right - width), innerWidth - width - 8)}px`;
  };
  const placeOpen = () => document.querySelectorAll(".menu:popover-open").forEach(place);
  on("toggle", ({ target }) => target.matches?.(".menu:popover-open") && place(target), true);
  on("scroll", placeOpen, { capture: true, passive: true });
  addEventListener("resize", placeOpen);
})();
