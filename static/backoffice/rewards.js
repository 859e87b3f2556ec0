// A reward's points: a button that fills in what its price suggests. Without this file it is typed.
(() => {
  "use strict";
  const points = document.querySelector("[data-suggest]");
  if (!points) return;
  const suggested = JSON.parse(points.dataset.suggest);
  const items = ["service", "product"].map((name) => document.querySelector(`select#id_${name}`)).filter(Boolean);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "suggest";
  const show = () => {
    const chosen = items.find((item) => item.value);
    const number = suggested[chosen ? `${chosen.name}-${chosen.value}` : ""];
    button.hidden = !number;
    button.textContent = `${points.dataset.suggestLabel}: ${number}`;
    button.onclick = () => {
      points.value = number;
      points.dispatchEvent(new Event("input", { bubbles: true }));
      points.focus();
    };
  };
  points.after(button);
  for (const item of items) {
    item.addEventListener("change", show);
    // A select that is dressed up by the panel's own library tells it by jQuery.
    window.django?.jQuery?.(item).on("change", show);
  }
  show();
})();
