// What a reader sees first after a move, and what has the focus: the heading for a name, the transcripts for a number, the head of
// the table for the next page; after Back, the place and the link that were left. `navigate.js` stands after this in one function.
history.scrollRestoration = "manual";
const STORED = "counsel-places", PATIENCE = 3000;
// Of each entry of the history: how far down the page stood, and the address of the link by which it was left.
const places = new Map(Object.entries(JSON.parse(sessionStorage.getItem(STORED) || "{}")));
let entry = history.state?.entry ?? 0, moved = 0; // moved: when the reader last scrolled
const placeOf = (number) => places.get(String(number)) || {};
const note = (change) => places.set(String(entry), { ...placeOf(entry), ...change });
const push = (query) => { entry += 1; places.delete(String(entry)); history.pushState({ entry }, "", location.pathname + query); };
if (history.state?.entry === undefined) history.replaceState({ entry }, "");
window.addEventListener("scroll", () => note({ y: window.scrollY }), { passive: true });
window.addEventListener("pagehide", () => sessionStorage.setItem(STORED, JSON.stringify(Object.fromEntries(places))));
for (const kind of ["wheel", "touchmove", "keydown"]) window.addEventListener(kind, () => { moved = performance.now(); }, { passive: true });

const panel = () => [...document.querySelectorAll('[role="tabpanel"]')].find((part) => part.offsetParent !== null) || document.body;
const heading = () => panel().querySelector(".model-page h2, .card-page h2") || panel().querySelector("h2");
const transcripts = () => panel().querySelector("#transcripts");
// Where a link leads to within its page. A link may name what has the focus next, in data-focus, or the part of the page at which
// its reader arrives, in data-land.
const aim = (query, from, link) => {
  const to = new URLSearchParams(query), before = new URLSearchParams(from), same = (name) => to.get(name) === before.get(name);
  const stays = ["tab", "run", "card", "request"].every(same) && (to.get("tab") !== "tasks" || same("task"));
  if (link?.dataset.focus) return { find: () => panel().querySelector(link.dataset.focus) || heading() };
  if (link?.dataset.land) return { find: () => panel().querySelector(`[id="${link.dataset.land}"]`), scroll: true };
  if (link?.closest(".pager")) return { find: () => (to.get("tab") === "model" ? transcripts() : panel().querySelector(".scroller")) || heading(), scroll: true };
  if (to.get("tab") === "model" && (to.get("task") || to.get("item")) && !(stays && same("task") && same("item"))) return { find: transcripts, scroll: true };
  if (!stays || link?.dataset.top !== undefined) return { find: heading, y: 0 };
  const text = link?.textContent;
  return { find: () => [...panel().querySelectorAll("a[data-go]")].find((other) => other.textContent === text) || heading() };
};
const back = (place) => ({
  find: () => (place.link && [...panel().querySelectorAll("a[data-go]")].find((link) => link.getAttribute("href") === place.link)) || heading(),
  y: place.y || 0,
});
const focus = (target) => {
  if (!target.matches("a, button, input, textarea, [tabindex]")) target = target.querySelector("input, textarea") || target;
  if (!target.matches("a, button, input, textarea, [tabindex]")) target.tabIndex = -1;
  target.focus({ preventScroll: true });
};
const arrive = ({ find, y, scroll }) => {
  const start = performance.now();
  const look = () => {
    const target = find();
    if (!target && performance.now() - start < PATIENCE) return requestAnimationFrame(look);
    const stand = () => { if (scroll && target) target.scrollIntoView({ block: "start" }); else if (y !== undefined) window.scrollTo({ top: y }); };
    if (target) focus(target);
    stand();
    // What stands above may still grow.
    for (const wait of [120, 400]) setTimeout(() => { if (moved < start) stand(); }, wait);
  };
  requestAnimationFrame(() => requestAnimationFrame(look));
};

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("a.skip")) return;
  event.preventDefault();
  const target = heading();
  if (target) { focus(target); target.scrollIntoView({ block: "start" }); }
});
// The row of tabs is one stop of the Tab key; arrows move in it, and Enter or Space opens.
const tabs = () => [...document.querySelectorAll('#tabs [role="tablist"] [role="tab"]')].filter((tab) => tab.offsetParent !== null && !tab.closest('[aria-hidden="true"]'));
const oneStop = () => { for (const tab of tabs()) tab.tabIndex = tab.getAttribute("aria-selected") === "true" ? 0 : -1; };
document.addEventListener("keydown", (event) => {
  const all = tabs(), here = all.indexOf(event.target);
  if (here < 0) return;
  const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  all.at(to % all.length).focus();
});
// On a narrow screen the row of tabs scrolls; the tab that is open is on it.
let opened = null;
const showTab = () => {
  const tab = tabs().find((one) => one.getAttribute("aria-selected") === "true"), row = tab?.closest('[role="tablist"]');
  if (!tab || tab === opened) return;
  opened = tab;
  row.scrollLeft = tab.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
};
// Enter in the box for a model adds the first that holds what was typed, once the server has listed them.
let wanted = null;
const addFirst = () => {
  const list = document.querySelector("#compare-choice [data-typed]");
  if (wanted === null || list?.dataset.typed !== wanted) return;
  wanted = null;
  list.querySelector("a[data-first]")?.click();
};
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.closest?.("#compare-search")) return;
  wanted = event.target.value.trim().split(/\s+/).join(" ");
  addFirst();
});
// The name by which a model was chosen leaves the box once the server has answered, unless something else was typed meanwhile.
let used = null;
const modelBox = () => document.querySelector("#compare-search input, #compare-search textarea");
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#compare-choice .offered a")) return;
  used = modelBox().value;
  modelBox().select(); // what is typed next stands in its stead
});
const followBox = () => {
  const box = modelBox(), name = used;
  used = null;
  if (!box?.value) return;
  if (name !== box.value) return document.getElementById("compare-again").click(); // the answer lists as if nothing were typed
  box.value = "";
  box.dispatchEvent(new Event("input", { bubbles: true }));
};
// After a form was refused: the first field with something wrong has the focus.
window.counselWrong = (form) => requestAnimationFrame(() => requestAnimationFrame(() => {
  for (const input of panel().querySelectorAll("input, textarea")) input.toggleAttribute("aria-invalid", false);
  const wrong = [...document.querySelectorAll(`#${form} .wrong`)].filter((field) => field.offsetParent !== null);
  for (const input of wrong.flatMap((field) => [...field.querySelectorAll("input, textarea")])) input.setAttribute("aria-invalid", "true");
  if (wrong[0]) { focus(wrong[0]); wrong[0].scrollIntoView({ block: "center" }); }
}));
