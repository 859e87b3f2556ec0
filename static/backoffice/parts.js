// Forms that show themselves again: what a button changes is put in place, part by part, and the page
// stays where it is. Without this file each button loads the page anew, and nothing else is lost.
(() => {
  "use strict";
  const on = (type, listener) => document.addEventListener(type, listener);
  const { say } = window.desk;

  // 1 Send a form as its button would, and put in the parts of the answer. Who was typing goes on.
  let latest = 0;
  let underWay = null;
  const send = (form, submitter, only = "") => {
    const mine = ask(form, submitter, only).finally(() => {
      if (underWay === mine) underWay = null;
    });
    underWay = mine;
    return mine;
  };
  const ask = async (form, submitter, only) => {
    const mine = ++latest;
    const body = new URLSearchParams(new FormData(form, submitter));
    if (!submitter) body.set("step", "show");
    const parts = [...document.querySelectorAll("[data-part]")];
    const late = setTimeout(() => parts.forEach((part) => part.setAttribute("aria-busy", "true")), 300);
    let page;
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Parts": "1" } });
      if (answer.status >= 500) throw new Error(answer.status);
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
      // The session ended, or another page: go there as the button would have.
      if (!page.querySelector("[data-part]")) {
        form.dataset.plain = "";
        underWay = null;
        return form.requestSubmit(submitter ?? form.querySelector("button[data-step]"));
      }
    } catch {
      if (mine === latest) say(form.dataset.failed);
      return;
    } finally {
      clearTimeout(late);
      parts.forEach((part) => part.removeAttribute("aria-busy"));
    }
    if (mine !== latest) return;
    put(page, only, !submitter);
    if (only) say(document.getElementById("found-said")?.textContent);
  };
  const put = (page, only, isAside) => {
    const active = document.activeElement;
    const focused = active?.id;
    // Nobody pressed anything: a field that somebody types in now keeps what stands in it.
    const typed = isAside && !only && active?.matches("input:not([type=checkbox]), textarea") && active;
    for (const part of document.querySelectorAll(only ? `#${only}` : "[data-part]")) {
      const fresh = page.getElementById(part.id);
      if (!fresh || part.contains(typed || null) || part.innerHTML === fresh.innerHTML) continue;
      const open = [...part.querySelectorAll("details[data-keep][open]")].map((one) => one.id);
      part.innerHTML = fresh.innerHTML;
      open.forEach((id) => document.querySelector(`#${id}[data-keep]`)?.setAttribute("open", ""));
    }
    combine();
    if (only) return;
    const wanted = document.querySelector("[data-part] [data-focus]");
    const back = wanted ?? (document.activeElement === document.body && document.getElementById(focused));
    if (back) back.focus({ preventScroll: !wanted });
  };

  // 2 Buttons that only show the form again, fields that others depend on, and the search.
  on("click", (event) => {
    const button = event.target.closest("[data-parts] button[data-step]");
    if (!button || event.defaultPrevented) return;
    event.preventDefault();
    const near = button.closest("[data-part]")?.id;
    send(button.form, button).then(() => {
      const news = document.querySelector("[data-part] [data-announce]");
      if (news) say(news.dataset.announce);
      if (document.activeElement !== document.body) return;
      const next = document.querySelector(`#${near} :is(h2, [aria-invalid=true])`);
      if (!next) return;
      next.tabIndex = next.matches("h2") ? -1 : next.tabIndex;
      next.focus({ preventScroll: true });
    });
  });
  on("change", ({ target }) => {
    const form = target.closest("form[data-parts]");
    if (form && target.matches("[data-show]")) send(form);
  });
  let typing = 0;
  on("input", ({ target }) => {
    if (!target.matches("[data-search]")) return;
    clearTimeout(typing);
    const text = target.value.trim();
    if (text.length === 1) return;
    typing = setTimeout(() => send(target.form, null, target.dataset.search), 250);
  });

  // With the script the search and the buttons below it are a combobox and its list (ARIA 1.2): the focus stays in the
  // field, the arrows mark one of them, Enter picks it, Escape shuts the list.
  const listOf = (field) => document.querySelector(`#${field.dataset.search} .found`);
  const optionsOf = (field) => [...(listOf(field)?.querySelectorAll(".found-one") ?? [])];
  const setAll = (node, values) => Object.entries(values).forEach(([name, value]) => node.setAttribute(name, value));
  const combine = () => {
    const field = document.querySelector("[data-search]");
    if (!field) return;
    const list = listOf(field);
    setAll(field, { role: "combobox", "aria-autocomplete": "list", "aria-controls": "found-list" });
    if (list) {
      setAll(list, { id: "found-list", role: "listbox", "aria-labelledby": "found-said" });
      for (const row of list.children) row.setAttribute("role", "none");
    }
    optionsOf(field).forEach((one, nth) => setAll(one, { id: `found-${nth}`, role: "option", tabindex: "-1" }));
    unfold(field, Boolean(list));
  };
  const unfold = (field, isOpen) => {
    const list = listOf(field);
    if (list) list.hidden = !isOpen;
    field.setAttribute("aria-expanded", String(isOpen));
    choose(field, null);
  };
  const choose = (field, chosen) => {
    for (const one of optionsOf(field)) one.setAttribute("aria-selected", String(one === chosen));
    if (!chosen) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  };
  // Enter with none of them marked searches at once; a whole card number, as a scanner types it, picks its client.
  const find = async (field) => {
    clearTimeout(typing);
    await send(field.form, null, field.dataset.search);
    if (field.isConnected && listOf(field)?.dataset.card === field.value.trim()) optionsOf(field)[0].click();
  };
  on("keydown", (event) => {
    const field = event.target;
    if (!field.matches?.("[data-search]")) return;
    const found = optionsOf(field);
    const at = found.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const isOpen = field.getAttribute("aria-expanded") === "true";
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) {
      if (!isOpen) unfold(field, true);
      choose(field, found.at(at < 0 && step < 0 ? -1 : (at + step) % found.length));
    } else if (event.key === "Enter" && isOpen && at >= 0) found[at].click();
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && field.value.trim()) find(field);
    else if (event.key === "Escape" && isOpen) unfold(field, false);
    else return;
    event.preventDefault();
  });
  combine();

  // What is folded out above the page folds in again, by Escape as well.
  on("keydown", ({ key, target }) => {
    const unfolded = key === "Escape" && target.closest?.("details[data-keep][open]");
    if (!unfolded) return;
    unfolded.removeAttribute("open");
    unfolded.querySelector("summary").focus();
  });

  // 3 Toggles: the form of one row, sent in place (check-in).
  on("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-toggle]:not([data-plain])")) return;
    event.preventDefault();
    send(form, event.submitter).then(() => say(document.getElementById("part-said")?.dataset.said));
  });

  // 4 Ctrl+Enter books; a second press waits for the first.
  on("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest?.("form[data-parts]");
    const button = form && document.getElementById("book");
    if (!button) return;
    event.preventDefault();
    form.requestSubmit(button);
  });
  on("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-parts]")) return;
    if (form.hasAttribute("aria-busy")) return event.preventDefault();
    const button = event.submitter;
    if (underWay) {
      // What was pressed before comes first: a client who was just picked is in the form then.
      event.preventDefault();
      underWay.then(() => {
        const again = button?.isConnected ? button : document.getElementById(button?.id ?? "");
        // A question that is not asked any more is not answered.
        if (again || !button) form.requestSubmit(again ?? null);
      });
      return;
    }
    form.setAttribute("aria-busy", "true");
    if (!button?.dataset.busy) return;
    button.setAttribute("aria-busy", "true");
    button.textContent = button.dataset.busy;
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-parts][aria-busy]").forEach((form) => form.removeAttribute("aria-busy"));
  });
})();
