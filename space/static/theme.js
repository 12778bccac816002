// Runs in the head, before anything is drawn. A reader's choice of dark or light lasts, in this browser alone; without one the
// system's holds, as Gradio has it. Gradio sets its class when it starts and when the system changes, so the choice is put back.
(() => {
  const KEY = "counsel-theme";
  const stored = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const asked = new URLSearchParams(location.search).get("__theme");
  if (asked === "dark" || asked === "light") return;
  const apply = () => {
    const choice = stored();
    if (choice && document.body && document.body.classList.contains("dark") !== (choice === "dark")) document.body.classList.toggle("dark", choice === "dark");
  };
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    new MutationObserver(apply).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme]")) return;
    const next = document.body.classList.contains("dark") ? "light" : "dark";
    try { localStorage.setItem(KEY, next); } catch { /* a browser without storage forgets it */ }
    document.body.classList.toggle("dark", next === "dark");
  });
  addEventListener("storage", (event) => { if (event.key === KEY) apply(); });
})();
