/* Dragging a booking to another time or person. It asks for the same page as the Move button does, beside the day;
   nothing is moved before that is agreed to. With a finger: press long, then move. */
(() => {
  "use strict";
  const NEAR = 6;
  const LONG_PRESS = 450;
  const EDGE = 40;
  const on = (type, listener, options) => document.addEventListener(type, listener, options);
  let carried = null;
  let wasCarried = false;

  const bodyAt = (x, y) => {
    for (const body of document.querySelectorAll(".cal-body[data-who]")) {
      const box = body.getBoundingClientRect();
      const scroll = body.closest(".cal-scroll").getBoundingClientRect();
      const isSeen = x >= scroll.left && x <= scroll.right && y >= scroll.top && y <= scroll.bottom;
      if (isSeen && x >= box.left && x < box.right && y >= box.top && y <= box.bottom) return body;
    }
    return null;
  };
  const lift = (event) => {
    const block = carried.block;
    carried.isUp = true;
    forget();
    block.classList.add("is-carried");
    try { block.setPointerCapture(carried.pointer); } catch { /* the finger has left */ }
    carried.ghost = document.createElement("div");
    carried.ghost.className = `cal-ghost ${[...block.parentElement.classList].filter((name) => /^lh?m?\d+$/.test(name)).join(" ")}`;
    carried.ghost.style.setProperty("height", `${block.getBoundingClientRect().height}px`);
    move(event);
  };
  const move = (event) => {
    const body = bodyAt(event.clientX, event.clientY);
    carried.body = body;
    if (!body) return carried.ghost.remove();
    const starts = Date.parse(carried.block.dataset.starts);
    carried.at = window.deskCalendar.instant(body, event.clientY - carried.offset, Math.round);
    // One that does not begin at a quarter of an hour stays where it is until it is really moved.
    if (Math.abs(carried.at - starts) < 450000) carried.at = new Date(starts);
    const steps = Math.max(0, Math.round((carried.at - Date.parse(document.getElementById("day").dataset.first)) / 300000));
    for (const name of [...carried.ghost.classList]) if (/^[hm]\d+$/.test(name)) carried.ghost.classList.remove(name);
    carried.ghost.classList.add(`h${Math.floor(steps / 12)}`, `m${steps % 12}`);
    carried.ghost.textContent = carried.label;
    if (carried.ghost.parentElement !== body) body.append(carried.ghost);
    scrollAtEdge(event);
  };
  const scrollAtEdge = (event) => {
    const scroll = carried.block.closest(".cal-scroll");
    const box = scroll.getBoundingClientRect();
    if (event.clientY < box.top + EDGE + 60) scroll.scrollTop -= 12;
    if (event.clientY > box.bottom - EDGE) scroll.scrollTop += 12;
    if (event.clientX < box.left + EDGE + 40) scroll.scrollLeft -= 12;
    if (event.clientX > box.right - EDGE) scroll.scrollLeft += 12;
  };
  const drop = (isDone) => {
    const { block, body, at, ghost, timer, isUp } = carried;
    clearTimeout(timer);
    carried = null;
    if (!isUp) return;
    block.classList.remove("is-carried");
    wasCarried = true;
    setTimeout(() => (wasCarried = false), 50);
    isDone &&= window.deskCalendar.isLive();
    const shift = isDone && body ? at - Date.parse(block.dataset.starts) : 0;
    const own = block.closest(".cal-body");
    if (!isDone || !body || (shift === 0 && body === own)) return ghost.remove();
    // A visit moves whole: from where it begins, by as much as this part of it was moved.
    const wanted = new URLSearchParams({
      at: new Date(Date.parse(block.dataset.visit) + shift).toISOString(),
      person: body === own ? "" : body.dataset.who,
    });
    window.deskCalendar.open(`${block.dataset.move}?${wanted}`, block.id);
  };

  on("pointerdown", (event) => {
    const block = event.target.closest?.("a[data-move]");
    if (!block || !block.closest(".cal-columns") || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!window.deskCalendar.isLive()) return;
    const box = block.getBoundingClientRect();
    carried = {
      block,
      pointer: event.pointerId,
      isTouch: event.pointerType === "touch",
      x: event.clientX,
      y: event.clientY,
      offset: event.clientY - box.top,
      label: block.querySelector("b").textContent,
    };
    if (carried.isTouch) carried.timer = setTimeout(() => carried && lift(event), LONG_PRESS);
  });
  on("pointermove", (event) => {
    if (!carried || event.pointerId !== carried.pointer) return;
    if (carried.isUp) return move(event);
    const isFar = Math.hypot(event.clientX - carried.x, event.clientY - carried.y) > NEAR;
    if (!isFar) return;
    // A finger that moves at once scrolls.
    if (carried.isTouch) drop(false);
    else lift(event);
  });
  on("pointerup", (event) => carried && event.pointerId === carried.pointer && drop(true));
  on("pointercancel", (event) => carried && event.pointerId === carried.pointer && drop(false));
  on("keydown", (event) => {
    if (event.key !== "Escape" || !carried?.isUp) return;
    carried.ghost.remove();
    drop(false);
  });
  // What the browser does with links and fingers by itself, while something is carried.
  on("touchmove", (event) => carried?.isUp && event.preventDefault(), { passive: false });
  on("contextmenu", (event) => carried?.isTouch && event.preventDefault());
  on("dragstart", (event) => event.target.closest?.("a[data-move]") && event.preventDefault());
  on("click", (event) => {
    if (!wasCarried) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  // The place it would go to stays marked while the question is open.
  const forget = () => document.querySelectorAll(".cal-ghost").forEach((ghost) => ghost !== carried?.ghost && ghost.remove());
  on("calendar:closed", forget);
  on("calendar:answered", () => {
    if (!document.querySelector("#booking-panel [name=form_token]")) forget();
  });
})();
