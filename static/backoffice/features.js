/* Custom features and their messages. Without this file every switch, question and preview is a page of its own. */
(() => {
  "use strict";
  const on = (type, listener) => document.addEventListener(type, listener);
  const { say } = window.desk;

  // 1 Switches. A refusal (409) comes with the rows as they stand, or with a question.
  on("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status === 409 || detail.xhr.status === 422) {
      detail.shouldSwap = true;
      detail.isError = false;
    }
  });
  on("htmx:beforeRequest", ({ detail }) => {
    detail.elt.querySelector("[role=switch]")?.setAttribute("aria-busy", "true");
  });
  on("htmx:afterRequest", ({ detail }) => {
    detail.elt.querySelector("[role=switch]")?.removeAttribute("aria-busy");
  });
  on("htmx:afterSettle", ({ detail }) => {
    const dialog = document.querySelector("#feature-dialog dialog:not([open])");
    if (dialog && detail.target.id === "feature-dialog") dialog.showModal();
    const rows = document.getElementById("feature-rows");
    if (!rows || detail.target.id !== "feature-rows") return;
    document.getElementById(`switch-${rows.dataset.turned}`)?.focus();
    say(rows.dataset.said);
  });
  const failed = ({ detail }) => {
    const template = document.getElementById("feature-failed");
    if (!template || !detail.elt.closest(".features")) return;
    document.querySelector("#feature-dialog dialog")?.close();
    document.querySelectorAll("[data-failed]").forEach((old) => old.remove());
    document.getElementById("feature-rows").prepend(template.content.cloneNode(true));
  };
  ["htmx:sendError", "htmx:responseError", "htmx:timeout"].forEach((type) => on(type, failed));

  // 2 Variables go in where the cursor stood last, in the subject or in the text.
  let field = null;
  on("focusin", ({ target }) => {
    if (target.matches("[data-text]")) field = target;
  });
  on("click", ({ target }) => {
    const button = target.closest("[data-insert]");
    if (!button) return;
    field ??= document.getElementById("id_body");
    field.focus();
    field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    say(button.dataset.said);
  });

  // 3 Leaving a text that is not saved. Trying and previewing keep what was typed.
  on("input", ({ target }) => {
    const form = target.closest("form[data-leave]");
    if (form) form.dataset.changed = "";
  });
  on("submit", ({ target }) => delete target.dataset.changed);
  addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-changed]")) event.preventDefault();
  });
})();
