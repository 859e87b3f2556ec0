/* The day calendar: another day without a new page, the booking beside it, a look every minute, keys. Without this
   file every link and form leads to a page. Dragging is in calendar_drag.js. */
(() => {
  "use strict";
  const WIDE = matchMedia("(min-width: 700px)");
  const BOOKING = /^\/admin\/bookings\/\d+\//;
  const MINUTE = 60000;
  const on = (type, listener, options) => document.addEventListener(type, listener, options);
  const find = (id) => document.getElementById(id);
  const panel = () => find("booking-panel");
  const { say } = window.desk;
  let arrived = performance.now();
  const kept = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* a browser that keeps nothing */ } },
  };
  const isPlain = (event) => !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  const isField = (target) => target.closest?.("input, select, textarea, [contenteditable], dialog");

  // A line that is lost is told by htmx:sendError (4); the promise would tell it a second time.
  const fetchInto = (verb, address, where) => htmx.ajax(verb, address, where)?.catch(() => {});

  // 1 Another day, other people, another view: the address goes along. What is wanted while an answer is under way is
  // asked for after it, and the last wish alone is shown.
  let wanted = "";
  let asked = "";
  const show = async (address) => {
    const isUnderWay = wanted !== "";
    wanted = address;
    if (isUnderWay) return;
    while (asked !== wanted) {
      asked = wanted;
      await fetchInto("GET", asked, { source: find("calendar"), target: "#calendar", swap: "outerHTML" });
    }
    wanted = asked = "";
  };
  const isOutdated = (target) => target?.id === "calendar" && asked !== wanted;
  on("htmx:beforeSwap", ({ detail }) => {
    if (isOutdated(detail.target)) detail.shouldSwap = false;
  });
  // An arrow leads on from the day that is under way, not from the one that still stands here.
  const leadsTo = (link) => {
    const step = { "cal-before": -1, "cal-after": 1 }[link.id];
    if (!step || !wanted) return link.getAttribute("href");
    const address = new URL(wanted, location.href);
    const day = new Date(`${address.searchParams.get("day") || find("calendar").dataset.today}T12:00Z`);
    day.setUTCDate(day.getUTCDate() + step);
    address.searchParams.set("day", day.toISOString().slice(0, 10));
    return address.pathname + address.search;
  };
  on("click", (event) => {
    const link = event.target.closest?.("a[data-swap]");
    if (!link || !isPlain(event)) return;
    event.preventDefault();
    show(leadsTo(link));
  });
  on("submit", (event) => {
    const form = event.target;
    if (!form.matches?.("#cal-filter")) return;
    event.preventDefault();
    show(`${form.action}?${new URLSearchParams(new FormData(form))}`);
  });

  // 2 The booking beside the day. Its pages are the same as alone; what they hold leads on inside.
  let opener = "";
  let last = null;
  const ask = (verb, address, values) => {
    last = verb === "GET" ? address : null;
    panel().setAttribute("aria-busy", "true");
    fetchInto(verb, address, { source: panel(), target: "#booking-panel", swap: "innerHTML", values });
  };
  const open = (address, from) => {
    if (!WIDE.matches) return location.assign(address);
    opener = from ?? opener;
    panel().hidden = false;
    ask("GET", address);
  };
  const close = () => {
    panel().hidden = true;
    panel().replaceChildren();
    document.dispatchEvent(new CustomEvent("calendar:closed"));
    mark();
    find(opener)?.focus();
  };
  const mark = () => {
    for (const block of document.querySelectorAll("[data-beside]")) {
      const isChosen = !panel().hidden && block.id === opener;
      block.classList.toggle("is-chosen", isChosen);
      isChosen ? block.setAttribute("aria-current", "true") : block.removeAttribute("aria-current");
    }
  };
  on("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (event.target.closest?.("#booking-panel [data-close]")) return close();
    if (event.target.closest?.("#booking-panel [data-again]")) return last ? ask("GET", last) : location.reload();
    if (!link || !isPlain(event) || event.defaultPrevented || !WIDE.matches) return;
    const inside = link.closest("#booking-panel") && BOOKING.test(link.pathname) && !link.matches("[data-page]");
    if (!inside && !link.matches("[data-beside]")) return;
    event.preventDefault();
    open(link.pathname + link.search, inside ? undefined : link.id);
  });
  on("submit", (event) => {
    const form = event.target;
    if (!form.closest?.("#booking-panel") || !BOOKING.test(new URL(form.action).pathname)) return;
    event.preventDefault();
    if (panel().getAttribute("aria-busy") === "true") return;
    const values = Object.fromEntries(new FormData(form, event.submitter));
    const address = new URL(form.action).pathname;
    if (form.method === "post") ask("POST", address, values);
    else ask("GET", `${address}?${new URLSearchParams(values)}`);
  });
  on("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.id !== "booking-panel" || ![403, 409, 422, 429].includes(detail.xhr.status)) return;
    detail.shouldSwap = true;
    detail.isError = false;
  });
  const answered = (verb) => {
    panel().removeAttribute("aria-busy");
    mark();
    mute();
    document.querySelector("#day .is-chosen")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    (panel().querySelector("[data-focus]") ?? find("booking-panel-title"))?.focus();
    say(panel().querySelector("[data-told]")?.textContent);
    document.dispatchEvent(new CustomEvent("calendar:answered"));
    // What was done shows in the day at once.
    if (verb === "post") look();
  };
  on("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest?.("#booking-panel")) close();
  });

  // 3 A look every minute while somebody may see it; 204 when nothing has changed.
  const isOn = (key) => kept.get(key) !== "off";
  const look = () => {
    const day = find("day");
    if (!day || document.querySelector(".is-carried")) return;
    const headers = { "X-Calendar-Seen": day.dataset.seen };
    fetchInto("GET", location.pathname + location.search, { source: day, target: "#day", swap: "outerHTML", headers });
  };
  const blocks = () => [...document.querySelectorAll("#day [data-beside]")].filter((one) => one.checkVisibility());
  let before = new Set();
  let top = 0;
  let isTrayShut = false;
  on("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.id !== "day" && detail.target.id !== "calendar") return;
    isTrayShut = find("cal-tray")?.open === false;
    if (detail.target.id === "calendar") return;
    before = new Set(blocks().map((one) => one.id));
    top = document.querySelector(".cal-scroll")?.scrollTop ?? 0;
  });
  const keepTray = () => {
    if (isTrayShut) find("cal-tray")?.removeAttribute("open");
  };
  const looked = () => {
    const fresh = blocks().filter((one) => !before.has(one.id));
    if (fresh.length === 1) say(find("day").dataset.new.replace("%s", fresh[0].textContent.replace(/\s+/g, " ").trim()));
    mark();
    const scroll = document.querySelector(".cal-scroll");
    if (scroll) scroll.scrollTop = top;
  };
  // While the line is lost nothing can be done here: what acts says so, until the day is live again.
  let isLive = true;
  const mute = () => {
    const acting = document.querySelectorAll("a[data-live], #booking-panel form button, #booking-panel a.btn");
    for (const one of isLive ? document.querySelectorAll("[data-muted]") : acting) {
      if (isLive) one.removeAttribute("aria-disabled");
      else if (!one.hasAttribute("aria-disabled")) one.setAttribute("data-muted", "");
      isLive ? one.removeAttribute("data-muted") : one.setAttribute("aria-disabled", "true");
    }
  };
  on("click", (event) => {
    if (!event.target.closest?.("[data-muted]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    say(find("cal-not-live")?.textContent);
  }, true);
  const live = (clock) => {
    isLive = Boolean(clock);
    mute();
    const strip = find("cal-not-live");
    if (clock && find("day")) find("day").dataset.clock = clock;
    if (strip) strip.hidden = Boolean(clock);
    if (strip && !clock) strip.textContent = strip.dataset.text.replace("%s", find("day")?.dataset.clock ?? "");
  };
  on("htmx:afterRequest", ({ detail }) => {
    const id = detail.target?.id;
    if (id !== "day" && id !== "calendar" && id !== "booking-panel") return;
    if (isOutdated(detail.target)) return;
    if (id === "booking-panel") return detail.xhr.status && detail.xhr.status < 500 && answered(detail.requestConfig.verb);
    live(detail.xhr.getResponseHeader?.("X-Calendar-Clock"));
    if (detail.xhr.status !== 200) return;
    arrived = performance.now();
    keepTray();
    if (id === "day") return looked();
    arrive();
    say(find("calendar").dataset.said);
  });
  setInterval(() => {
    if (!document.hidden && isOn("calendar-auto")) look();
  }, MINUTE);
  on("visibilitychange", () => {
    if (!document.hidden && isOn("calendar-auto")) look();
  });
  // The line of now goes on by itself.
  const moveNow = () => {
    const day = find("day");
    if (!day) return;
    const steps = Math.floor((Date.parse(day.dataset.now) + performance.now() - arrived - Date.parse(day.dataset.first)) / 300000);
    for (const line of document.querySelectorAll(".cal-now")) line.className = `cal-now h${Math.floor(steps / 12)} m${steps % 12}`;
  };
  setInterval(moveNow, MINUTE);

  // 4 What went wrong on the way.
  const failed = ({ detail }) => {
    const target = detail.target?.id;
    if (target === "day" || target === "calendar") return live("");
    if (target !== "booking-panel") return;
    const isPost = detail.requestConfig?.verb === "post";
    const box = find("calendar-failed").content.cloneNode(true);
    box.querySelector("[data-unsaved]").hidden = isPost;
    box.querySelector("[data-unsure]").hidden = !isPost;
    box.querySelector("[data-again]").hidden = isPost;
    panel().removeAttribute("aria-busy");
    panel().replaceChildren(box);
  };
  ["htmx:sendError", "htmx:responseError", "htmx:timeout"].forEach((type) => on(type, failed));

  // 5 Keys, outside fields and while they are on.
  on("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target) || !isOn("calendar-keys")) return;
    if (event.key.startsWith("Arrow") && event.target.closest?.(".cal-scroll, .scroll, #booking-panel")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const link = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!link) return;
    event.preventDefault();
    const search = key === "/" && document.querySelector("[role=search] input:not([type=hidden])");
    search ? search.focus() : link.click();
  });

  // 6 The two switches, which view it is where nobody chose one, and where the day opens.
  const tellView = () => {
    if (find("calendar").dataset.view) return;
    find("cal-columns").toggleAttribute("aria-current", WIDE.matches);
    find("cal-list").toggleAttribute("aria-current", !WIDE.matches);
    document.querySelector(".cal-views [aria-current]").setAttribute("aria-current", "true");
  };
  WIDE.addEventListener("change", tellView);
  const arrive = () => {
    for (const [id, key] of [["cal-auto", "calendar-auto"], ["cal-keys", "calendar-keys"]]) {
      const button = find(id);
      if (!button) continue;
      button.parentElement.hidden = false;
      button.setAttribute("aria-pressed", String(isOn(key)));
      button.textContent = isOn(key) ? button.dataset.on : button.dataset.off;
    }
    tellView();
    const now = document.querySelector(".cal-now");
    if (now) now.closest(".cal-scroll").scrollTop = Math.max(0, now.offsetTop - 120);
    mark();
  };
  on("click", ({ target }) => {
    const button = target.closest?.("#cal-auto, #cal-keys");
    if (!button) return;
    const key = button.id === "cal-auto" ? "calendar-auto" : "calendar-keys";
    kept.set(key, isOn(key) ? "off" : "on");
    const top = document.querySelector(".cal-scroll")?.scrollTop;
    arrive();
    if (top !== undefined) document.querySelector(".cal-scroll").scrollTop = top;
  });
  // An empty time leads to a new appointment at that quarter of an hour.
  on("click", (event) => {
    const body = event.target.closest?.(".cal-body[data-who]");
    const fresh = find("day")?.dataset.fresh;
    if (!body || !fresh || !isLive || event.target.closest("a, .appt") || event.defaultPrevented) return;
    location.href = `${fresh}&who=${body.dataset.who}&at=${encodeURIComponent(calendar.instant(body, event.clientY).toISOString())}`;
  });
  const calendar = {
    open,
    say,
    isLive: () => isLive,
    /** The quarter of an hour at the height ``y`` of the window, as a date. */
    instant(body, y, whole = Math.floor) {
      const box = body.getBoundingClientRect();
      const step = parseFloat(getComputedStyle(body).getPropertyValue("--step")) * parseFloat(getComputedStyle(document.documentElement).fontSize);
      const quarters = whole((y - box.top) / (step * 3));
      return new Date(Date.parse(find("day").dataset.first) + Math.max(0, quarters) * 900000);
    },
  };
  window.deskCalendar = calendar;
  if (find("calendar")) arrive();
})();
