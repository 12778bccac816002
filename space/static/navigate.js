// Runs once, inside the navigation component: `element`, `trigger`, `props` and `watch` are Gradio's.
// Links marked data-go change the view in place; they stay links, so they open in a new tab, can be copied and reached by keyboard.
let shown = location.search || "?", touched = false; // touched: by a reader, since the last tab was opened
// A link within the tab that is shown has an event of its own, which leaves the other tabs alone.
const WITHIN = { board: "in_board", model: "in_model", compare: "in_compare", submit: "in_submit", queue: "in_queue", datasets: "in_datasets", judge: "in_judge", topics: "in_topics", skills: "in_skills", about: "in_about" };
const tabOf = (query) => new URLSearchParams(query).get("tab") || "board";
const show = (query, chosen = false) => {
  const tab = tabOf(query), stays = tab === tabOf(shown);
  shown = query;
  trigger((stays && WITHIN[tab]) || "go", { query, chosen });
};
const open = (query, chosen) => { history.pushState(null, "", location.pathname + query); show(query, chosen); };
for (const kind of ["click", "keydown"]) document.addEventListener(kind, () => { touched = true; }, { capture: true });
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-go]");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  open(new URL(link.href).search || "?");
  if (link.dataset.top !== undefined) window.scrollTo({ top: 0 });
});
window.addEventListener("popstate", () => show(location.search || "?"));
// A tab is opened on the suite and the runs at hand. Gradio says that the first tab was selected when it appears, at any moment of
// loading, and that a tab was when a link led to it or a page came late: only what a reader does counts, and only once.
window.counselTab = (tab) => {
  const here = new URLSearchParams(shown);
  if (!touched || tab === tabOf(shown)) return;
  touched = false;
  const fields = ["suite", "run", "runs"].filter((name) => here.get(name)).map((name) => [name, here.get(name)]);
  open("?" + new URLSearchParams([["tab", tab], ...fields]), true);
};
// A title of its own for each view, as the server gives it to one that is opened.
const name = (element) => element?.firstChild?.textContent.trim();
const title = () => {
  const tab = tabOf(shown), page = (of) => document.querySelector(of);
  const runs = [...document.querySelectorAll("table.sides thead th a")].map((link) => link.textContent);
  const special = { model: name(page(".model-page h2")), compare: runs.join(" against "), datasets: name(page(".card-page h2")) }[tab];
  const label = page('#tabs [role="tab"][aria-selected="true"]')?.textContent.trim();
  const wanted = tab === "board" || !(special || label) ? "Counsel: a leaderboard of counseling LLMs" : `${special || label} · Counsel`;
  if (document.title !== wanted) document.title = wanted;
};
let waiting = false;
new MutationObserver(() => {
  if (!waiting) requestAnimationFrame(() => { waiting = false; title(); });
  waiting = true;
}).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-selected"] });
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy), text = source ? source.textContent : location.href;
  const say = (words) => { document.getElementById("copied").textContent = words; };
  // Only pages over https, or of this machine, may write to the clipboard.
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => say("Copied."), () => say(text));
  else say(text);
});
// The server answers with the address of what it now shows.
watch("value", () => {
  const to = props.value;
  if (typeof to !== "string" || !to.startsWith("?")) return;
  shown = to;
  title();
  if (to !== (location.search || "?")) history.replaceState(null, "", location.pathname + to);
});
