// Runs once, inside the navigation component: `element`, `trigger`, `props` and `watch` are Gradio's.
// Links marked data-go change the view in place; they stay links, so they open in a new tab, can be copied and reached by keyboard.
for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => { window.counselTouched = true; }, { capture: true, once: true });
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-go]");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const to = new URL(link.href).search || "?";
  history.pushState(null, "", location.pathname + to);
  trigger("go", { query: to });
  if (link.dataset.top !== undefined) window.scrollTo({ top: 0 });
});
window.addEventListener("popstate", () => trigger("go", { query: location.search || "?" }));
// The server answers with the address of what it now shows.
watch("value", () => {
  const to = props.value;
  if (typeof to === "string" && to.startsWith("?") && to !== (location.search || "?")) {
    history.replaceState(null, "", location.pathname + to);
  }
});
