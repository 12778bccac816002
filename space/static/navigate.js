// Runs once, inside the navigation component: `element`, `trigger`, `props` and `watch` are Gradio's.
// Links marked data-go change the view in place; they stay links, so they open in a new tab, can be copied and reached by keyboard.
let shown = location.search || "?", touched = false; // touched: whether the reader's last click was on a tab that is not yet opened
// A link within the tab that is shown has an event of its own, which leaves the other tabs alone.
const WITHIN = { board: "in_board", model: "in_model", compare: "in_compare", tasks: "in_tasks", submit: "in_submit", queue: "in_queue", history: "in_history", datasets: "in_datasets", judge: "in_judge", topics: "in_topics", skills: "in_skills", about: "in_about", host: "in_host" };
const tabOf = (query) => new URLSearchParams(query).get("tab") || "board";
// Each move has a number, which its answer names. One is asked at a time: Gradio would ask for the first of them once more.
let move = 0, goal = null, asked = 0, at = shown; // asked: when the move was asked that has no answer yet; at: what the page shows
const LATE = 10000, SETTLED = 100; // milliseconds; only then has Gradio done with an answer
const ask = () => {
  const tab = tabOf(shown);
  asked = performance.now();
  trigger((tab === tabOf(at) && WITHIN[tab]) || "go", { query: shown, chosen: picked, move });
};
let picked = false;
const show = (query, chosen = false) => {
  shown = query;
  picked = chosen;
  move += 1;
  if (!asked || performance.now() - asked > LATE) ask();
};
const open = (query, { link, chosen = false } = {}) => {
  note({ y: window.scrollY, link: link?.getAttribute("href") });
  goal = chosen ? null : aim(query, shown, link);
  push(query);
  show(query, chosen);
};
document.addEventListener("click", (event) => { touched = Boolean(event.target.closest?.('[role="tab"]')); }, { capture: true });
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-go]");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  link.closest("[popover]")?.hidePopover();
  open(new URL(link.getAttribute("href"), location.href).search || "?", { link }); // the href of a link in a picture is an object
});
window.addEventListener("popstate", (event) => {
  entry = event.state?.entry ?? 0;
  touched = false;
  goal = back(placeOf(entry));
  show(location.search || "?");
});
// A tab is opened on the suite and the runs at hand. Gradio says that the first tab was selected when it appears, at any moment of
// loading, and that a tab was when a link led to it or a page came late: only what a reader does counts, and only once.
window.counselTab = (tab) => {
  const here = new URLSearchParams(shown);
  if (!touched || tab === tabOf(shown)) return;
  touched = false;
  const fields = ["suite", "run", "runs"].filter((name) => here.get(name)).map((name) => [name, here.get(name)]);
  if (tab === "compare" && here.get("run") && !here.get("runs")) fields.push(["runs", here.get("run")]);
  open("?" + new URLSearchParams([["tab", tab], ...fields]), { chosen: true });
};
// The rest of a row of the board, and the explanation of a column.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-unfold]");
  if (!button) return;
  const open = button.closest("tr").classList.toggle("open");
  button.setAttribute("aria-expanded", String(open));
});
// A title of its own for each view, as the server gives it to one that is opened.
const name = (element) => element?.firstChild?.textContent.trim();
const title = () => {
  const tab = tabOf(shown), page = (of) => document.querySelector(of);
  const runs = [...document.querySelectorAll("table.sides thead th a")].map((link) => link.textContent);
  const special = { model: name(page(".model-page h2")), compare: runs.join(" against "), datasets: name(page(".card-page h2")) }[tab];
  const label = page('#tabs [role="tab"][aria-selected="true"]')?.textContent.trim();
  const wanted = tab === "board" || !(special || label) ? page("[data-title]")?.dataset.title || "Counsel" : `${special || label} · Counsel`;
  if (document.title !== wanted) document.title = wanted;
};
// On a narrow screen the column by which the board is sorted may lie outside its box: a new table begins with it.
const revealed = new WeakSet();
const reveal = () => {
  const box = document.querySelector("#board-table .scroller"), column = box?.querySelector("th.sorted");
  if (!column || revealed.has(box) || !box.clientWidth) return;
  revealed.add(box);
  const names = box.querySelector("thead th.pinned").offsetWidth;
  if (column.offsetLeft + column.offsetWidth > box.clientWidth) box.scrollLeft = column.offsetLeft - names;
};
// On a narrow screen the first models stand on it: what each column says of them is folded until its reader opens it.
const fold = () => {
  const found = document.querySelector(".findings:not([data-folded])");
  if (!found) return;
  found.dataset.folded = "";
  if (innerWidth <= 640) found.open = false;
};
// Commands name the address of this board; the code for a page elsewhere holds it within its text.
const origins = () => {
  for (const part of document.querySelectorAll("[data-origin]")) {
    const text = part.matches("span") ? location.origin : part.textContent.replace("ORIGIN/", location.origin + location.pathname);
    if (part.textContent !== text) part.textContent = text;
  }
};
// What stands below the tabs is drawn once the first answer is there: parts that come one by one would push each other down. The
// footer comes with it.
const ready = () => {
  const root = document.documentElement;
  if ("ready" in root.dataset || !document.querySelector(".page-footer")) return;
  requestAnimationFrame(() => { root.dataset.ready = ""; });
};
let waiting = false;
new MutationObserver(() => {
  if (!waiting) requestAnimationFrame(() => { waiting = false; title(); reveal(); fold(); oneStop(); showTab(); addFirst(); origins(); ready(); });
  waiting = true;
}).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-selected", "data-typed"] });
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy), text = source ? source.textContent : location.href;
  const say = (words) => { document.getElementById("copied").textContent = words; };
  // Only pages over https, or of this machine, may write to the clipboard.
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => say("Copied."), () => say(text));
  else say(text);
});
// An answer to an earlier move may have opened its tab over the one that a reader chose since.
const openTab = () => {
  const tab = document.querySelector(`#tabs [role="tab"][data-tab-id="${CSS.escape(tabOf(shown))}"]`);
  if (!tab || tab.getAttribute("aria-selected") === "true") return;
  tab.click();
  touched = false;
};
// The server answers with the address of what it now shows, and with the number of the move that it answers, if any.
watch("value", () => {
  const [to, number] = String(props.value ?? "").split(" ");
  if (!to.startsWith("?")) return;
  if (number) asked = 0;
  at = to;
  // A late answer, to a move before the last one, changes nothing but what the page shows for a moment.
  if (number && Number(number) !== move) return void setTimeout(ask, SETTLED);
  if (number) setTimeout(openTab, SETTLED);
  const first = number === "0" && move === 0 && shown === (location.search || "?");
  shown = to;
  title();
  if (tabOf(to) === "compare") followBox();
  if (to !== (location.search || "?")) history.replaceState(history.state, "", location.pathname + to);
  const linked = new URLSearchParams(to), place = placeOf(entry);
  // A page that is opened or loaded again, where its address names an answer or where the reader stood.
  if (first && place.y) goal = back(place);
  else if (first && linked.get("tab") === "model" && linked.get("task")) goal = aim(to, "?", null);
  if (goal && (number || first)) { arrive(goal); goal = null; }
});
